# seam_add_client(NAME
#                 PROTOS file...
#                 IMPORT_DIRS dir...
#                 [GENERATED_DIR dir]
#                 [COMMITTED]
#                 [OPTIONS option...]
#                 [LINK target...])
#
# Declares NAME, a static library with what protoc-gen-seam writes for some protos. Its code is
# C++17 and includes neither protobuf nor gRPC. For a proto shop/products/v1/products.proto there is
# "shop/products/v1/products_client.h" and the rest of the set that docs/generator.md lists; mocks
# are headers only, so that a test which includes one links GoogleMock itself.
#
#   PROTOS         the protos, each by its path below one of IMPORT_DIRS, as others import it.
#   IMPORT_DIRS    where protoc looks for PROTOS and for what they import. google/protobuf/… is
#                  found without being named, and so is seam/events/v1/options.proto. Relative to the
#                  current source folder.
#   GENERATED_DIR  the include root that the files are written below; the default is a folder of the
#                  build tree. Relative to the current source folder.
#   COMMITTED      the files in GENERATED_DIR are part of the source tree: they are compiled as they
#                  are, so that a change of a contract shows in review. The target `generate` writes
#                  them anew, and the test drift_NAME fails while they differ from what it would
#                  write; a folder below GENERATED_DIR with a proto's files may hold no others.
#                  Without COMMITTED the files are written when the target is built.
#   OPTIONS        of the generator: idempotency=warn|strict, unknown_fields=keep|drop.
#   LINK           the targets with the clients of protos that these import.
#
# The source files of a proto are compiled as one unit, a UNITY_GROUP by the proto's path: they read
# the same headers, and change together. Each includes what it uses, so that
# set_target_properties(NAME PROPERTIES UNITY_BUILD OFF) compiles them one by one.
#
# Needs the targets seam::binding, seam::events_ports and seam::protoc-gen-seam, and protobuf's compiler.
function(seam_add_client NAME)
  cmake_parse_arguments(ARG "COMMITTED" "GENERATED_DIR" "PROTOS;IMPORT_DIRS;OPTIONS;LINK" ${ARGN})
  foreach(required PROTOS IMPORT_DIRS)
    if(NOT ARG_${required})
      message(FATAL_ERROR "seam_add_client(${NAME}): ${required} is missing")
    endif()
  endforeach()
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "seam_add_client(${NAME}): unknown arguments: ${ARG_UNPARSED_ARGUMENTS}")
  endif()
  if(ARG_COMMITTED AND NOT ARG_GENERATED_DIR)
    message(FATAL_ERROR "seam_add_client(${NAME}): COMMITTED needs GENERATED_DIR, where the files are")
  endif()
  if(NOT ARG_GENERATED_DIR)
    set(ARG_GENERATED_DIR ${CMAKE_CURRENT_BINARY_DIR}/${NAME}_generated)
  endif()
  cmake_path(ABSOLUTE_PATH ARG_GENERATED_DIR NORMALIZE)
  find_package(Protobuf REQUIRED)

  set(flags)
  foreach(dir IN LISTS ARG_IMPORT_DIRS)
    cmake_path(ABSOLUTE_PATH dir NORMALIZE)
    list(APPEND flags "--proto_path=${dir}")
  endforeach()
  # Seam's own protos: below the prefix, or in its source tree.
  set(own_protos ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/..)
  if(seam_PROTO_DIR)
    set(own_protos ${seam_PROTO_DIR})
  endif()
  cmake_path(NORMAL_PATH own_protos)
  list(APPEND flags "--proto_path=${own_protos}")
  list(REMOVE_DUPLICATES flags)
  list(APPEND flags "--plugin=protoc-gen-seam=$<TARGET_FILE:seam::protoc-gen-seam>")
  foreach(option IN LISTS ARG_OPTIONS)
    list(APPEND flags "--seam_opt=${option}")
  endforeach()

  set(sources)
  set(folders)
  foreach(proto IN LISTS ARG_PROTOS)
    cmake_path(REMOVE_EXTENSION proto LAST_ONLY OUTPUT_VARIABLE stem)
    cmake_path(GET stem PARENT_PATH folder)
    list(APPEND folders "${folder}")
    set(files)
    foreach(suffix types.h types.cc codec.h codec.cc contract.h contract.cc client.h handler.h
                   handler.cc in_process.h in_process.cc remote.h remote.cc servicer.h servicer.cc
                   throwing.h throwing.cc publisher.h publisher.cc subscriber.h subscriber.cc mock.h
                   seam.h)
      list(APPEND files "${ARG_GENERATED_DIR}/${stem}_${suffix}")
    endforeach()
    list(APPEND sources ${files})
    set(grouped ${files})
    list(FILTER grouped INCLUDE REGEX "\\.cc$")
    set_source_files_properties(${grouped} PROPERTIES UNITY_GROUP ${stem})
    if(NOT ARG_COMMITTED)
      set(depfile "${CMAKE_CURRENT_BINARY_DIR}/${NAME}_${stem}.d")
      cmake_path(GET depfile PARENT_PATH depfile_folder)
      file(MAKE_DIRECTORY ${depfile_folder} ${ARG_GENERATED_DIR})
      add_custom_command(
        OUTPUT ${files}
        COMMAND protobuf::protoc ${flags} --seam_out=${ARG_GENERATED_DIR}
                --dependency_out=${depfile} ${proto}
        DEPENDS seam::protoc-gen-seam
        DEPFILE ${depfile}
        COMMENT "Generating ${stem}_*"
        VERBATIM)
    endif()
  endforeach()
  list(REMOVE_DUPLICATES folders)

  if(ARG_COMMITTED)
    if(NOT TARGET generate)
      add_custom_target(generate)
    endif()
    add_custom_target(
      generate_${NAME}
      COMMAND protobuf::protoc ${flags} --seam_out=${ARG_GENERATED_DIR} ${ARG_PROTOS}
      DEPENDS seam::protoc-gen-seam
      COMMENT "Generating the files of ${NAME}"
      VERBATIM)
    add_dependencies(generate generate_${NAME})
    # So that the tree can be configured before the files are written for the first time.
    set_source_files_properties(${sources} PROPERTIES GENERATED TRUE)
    list(JOIN folders ":" folders)
    add_test(NAME drift_${NAME}
             COMMAND bash ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/seam_drift.sh ${ARG_GENERATED_DIR}
                     "${folders}" $<TARGET_FILE:protobuf::protoc> ${flags} ${ARG_PROTOS})
  endif()

  add_library(${NAME} STATIC ${sources})
  target_include_directories(${NAME} PUBLIC $<BUILD_INTERFACE:${ARG_GENERATED_DIR}>)
  target_link_libraries(${NAME} PUBLIC seam::binding seam::events_ports ${ARG_LINK})
  set_target_properties(${NAME} PROPERTIES CXX_STANDARD 17 CXX_STANDARD_REQUIRED ON
                                           CXX_EXTENSIONS OFF
                                           UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  target_compile_features(${NAME} PUBLIC cxx_std_17)
endfunction()
