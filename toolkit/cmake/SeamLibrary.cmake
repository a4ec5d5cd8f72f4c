# How this repository's own targets are declared. Not installed: what users call is in
# SeamAddClient.cmake.

# The warnings of our presets, as an interface target that is linked privately and never exported.
add_library(seam_warnings INTERFACE)
target_compile_options(
  seam_warnings
  INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor
            $<$<BOOL:${SEAM_WARNINGS_AS_ERRORS}>:-Werror>
            # It takes a source for a header when several sources are compiled as one.
            $<$<AND:$<BOOL:${CMAKE_UNITY_BUILD}>,$<CXX_COMPILER_ID:GNU>>:-Wno-subobject-linkage>)
if(SEAM_SANITIZE)
  # GCC finds it in std::function when there are sanitizers; its manual says that it may be wrong then.
  target_compile_options(seam_warnings INTERFACE -Wno-maybe-uninitialized)
endif()

# seam_library(NAME
#              SOURCES file...
#              [CXX17]               # public headers and sources must be C++17
#              [INCLUDE dir]         # include root; the default is toolkit/
#              [LINK_PUBLIC target...]
#              [LINK_PRIVATE target...])
#
# Declares a static library and its alias: seam_core is also seam::core, products_module stays as it
# is.
function(seam_library NAME)
  cmake_parse_arguments(ARG "CXX17" "INCLUDE" "SOURCES;LINK_PUBLIC;LINK_PRIVATE" ${ARGN})
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "seam_library(${NAME}): unknown arguments: ${ARG_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT ARG_INCLUDE)
    set(ARG_INCLUDE ${PROJECT_SOURCE_DIR}/toolkit)
  endif()
  add_library(${NAME} STATIC ${ARG_SOURCES})
  if(NAME MATCHES "^seam_(.+)$")
    add_library(seam::${CMAKE_MATCH_1} ALIAS ${NAME})
  endif()
  target_include_directories(${NAME} PUBLIC $<BUILD_INTERFACE:${ARG_INCLUDE}>)
  target_link_libraries(${NAME} PUBLIC ${ARG_LINK_PUBLIC}
                                PRIVATE ${ARG_LINK_PRIVATE} $<BUILD_INTERFACE:seam_warnings>)
  if(ARG_CXX17)
    set_target_properties(${NAME} PROPERTIES CXX_STANDARD 17)
  endif()
endfunction()

# Code of which nobody asks that it is fast: compiled without optimisation, which takes half the
# time. Not where everything is a benchmark.
add_library(seam_unoptimised INTERFACE)
if(NOT CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(seam_unoptimised INTERFACE -O0)
endif()

# seam_test(NAME SOURCES file... [LINK target...] [TIMEOUT seconds] [HEADERS target])
#
# Declares a GoogleTest program and registers it with CTest as one test. HEADERS is the target whose
# precompiled headers it uses; the default is seam_test_headers.
function(seam_test NAME)
  cmake_parse_arguments(ARG "" "TIMEOUT;HEADERS" "SOURCES;LINK" ${ARGN})
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "seam_test(${NAME}): unknown arguments: ${ARG_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  if(SEAM_SANITIZE AND ARG_TIMEOUT LESS 900)
    set(ARG_TIMEOUT 900)
  endif()
  if(NOT ARG_HEADERS)
    set(ARG_HEADERS seam_test_headers)
  endif()
  find_package(GTest REQUIRED)
  add_executable(${NAME} ${ARG_SOURCES})
  target_link_libraries(${NAME} PRIVATE ${ARG_LINK} GTest::gmock GTest::gtest_main seam_warnings
                                        seam_unoptimised)
  target_compile_options(${NAME} PRIVATE -pthread)
  target_precompile_headers(${NAME} REUSE_FROM ${ARG_HEADERS})
  add_test(NAME ${NAME} COMMAND ${NAME})
  set_tests_properties(${NAME} PROPERTIES TIMEOUT ${ARG_TIMEOUT})
endfunction()

# seam_test_on_postgresql(NAME FILTER)
#
# Registers the program of seam_test(NAME) once more, as NAME_postgresql: those of its cases that
# GoogleTest's FILTER leaves, with the modules' databases on a PostgreSQL server
# (tests/postgresql/module_databases.h).
function(seam_test_on_postgresql NAME FILTER)
  add_test(NAME ${NAME}_postgresql COMMAND ${NAME} --gtest_filter=${FILTER})
  set_tests_properties(${NAME}_postgresql PROPERTIES TIMEOUT 240
                                                     ENVIRONMENT SEAM_TEST_DATABASE=postgresql)
endfunction()
