# seam_add_parity_test(NAME
#                      CONTRACT target
#                      SOURCES file...
#                      [FAILURES dir]
#                      [LINK target...]
#                      [TIMEOUT seconds])
#
# Declares NAME, a GoogleTest program that compares bindings of a contract by random calls, and
# registers it with CTest under that name. docs/parity-tests.md tells what to write into SOURCES.
#
#   CONTRACT  the target with the contract's client, as seam_add_client() has made it.
#   SOURCES   the test: a class for a side, and a TEST that gives two of them to CompareSides().
#   FAILURES  where calls that found a difference are kept, in a folder by the contract's full name,
#             to be committed and tried first from then on; the macro SEAM_PARITY_FAILURES in SOURCES.
#             The default is failures/NAME. Relative to the current source folder.
#   LINK      the module's library, and what else SOURCES use.
#   TIMEOUT   after which CTest ends it. The default is 3600, since it holds for the long form as well:
#             the test has the label "soak", and takes that form with SEAM_SOAK=1 in the environment.
#             A call that hangs ends the test much earlier, by ParityOptions::call_timeout.
#
# SEAM_SEED=number in the environment begins with that seed, which a failure has printed.
#
# Needs the target seam::parity.
function(seam_add_parity_test NAME)
  cmake_parse_arguments(ARG "" "CONTRACT;FAILURES;TIMEOUT" "SOURCES;LINK" ${ARGN})
  foreach(required CONTRACT SOURCES)
    if(NOT ARG_${required})
      message(FATAL_ERROR "seam_add_parity_test(${NAME}): ${required} is missing")
    endif()
  endforeach()
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR
            "seam_add_parity_test(${NAME}): unknown arguments: ${ARG_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT TARGET ${ARG_CONTRACT})
    message(FATAL_ERROR "seam_add_parity_test(${NAME}): there is no target ${ARG_CONTRACT}; give "
                        "CONTRACT one that seam_add_client() has made before")
  endif()
  if(NOT ARG_FAILURES)
    set(ARG_FAILURES failures/${NAME})
  endif()
  cmake_path(ABSOLUTE_PATH ARG_FAILURES NORMALIZE)
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 3600)
  endif()
  find_package(GTest REQUIRED)
  add_executable(${NAME} ${ARG_SOURCES})
  target_link_libraries(${NAME} PRIVATE ${ARG_CONTRACT} ${ARG_LINK} seam::parity GTest::gtest_main)
  target_compile_definitions(${NAME} PRIVATE SEAM_PARITY_FAILURES="${ARG_FAILURES}")
  add_test(NAME ${NAME} COMMAND ${NAME})
  set_tests_properties(${NAME} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS soak)
endfunction()
