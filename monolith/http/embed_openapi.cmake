# Run by the build: writes the text of DOCUMENT as a string into the C++ file SOURCE.
file(READ "${DOCUMENT}" text)
set(delimiter openapi)
string(FIND "${text}" ")${delimiter}\"" end)
if(NOT end EQUAL -1)
  message(FATAL_ERROR "${DOCUMENT} holds what ends a raw string, )${delimiter}\": change it there.")
endif()
file(WRITE "${SOURCE}" "#include \"http/openapi_routes.h\"

namespace shop::http {

std::string_view OpenApiDocument() noexcept {
  return R\"${delimiter}(${text})${delimiter}\";
}

}  // namespace shop::http
")
