# seam_add_check(NAME
#                [ROOT dir]
#                [RULES file]
#                [BASELINE file]
#                [COMPILE_COMMANDS file]
#                [OPTIONS option...]
#                [TIMEOUT seconds])
#
# Registers NAME with CTest: a test that fails while the modules of a project use each other as its
# rules do not allow. docs/structure.md tells what to write into the rules.
#
#   ROOT              the project's root, which the rules' paths are relative to; the default is
#                     the current source folder. Relative to the current source folder.
#   RULES             the rules file; the default is seam-rules.json in ROOT, which `seam check
#                     --init` writes. Relative to the current source folder.
#   BASELINE          what is accepted for now; the default is seam-baseline.jsonl beside the rules.
#                     Relative to the current source folder.
#   COMPILE_COMMANDS  the compiler's commands; the default is compile_commands.json of this build
#                     where CMAKE_EXPORT_COMPILE_COMMANDS is on, else the first in ROOT or in a build
#                     folder of it.
#   OPTIONS           more options of `seam check`, such as --no-symbols.
#   TIMEOUT           after which CTest ends it; the default is 300.
#
# Includes and tables are read from the sources, so that the test needs nothing built. Calls without
# an include are seen once the object files are there: run it after the build.
#
# Needs the program seam::tool.
function(seam_add_check NAME)
  cmake_parse_arguments(ARG "" "ROOT;RULES;BASELINE;COMPILE_COMMANDS;TIMEOUT" "OPTIONS" ${ARGN})
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "seam_add_check(${NAME}): unknown arguments: ${ARG_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT ARG_ROOT)
    set(ARG_ROOT ${CMAKE_CURRENT_SOURCE_DIR})
  endif()
  cmake_path(ABSOLUTE_PATH ARG_ROOT NORMALIZE)
  if(NOT ARG_RULES)
    set(ARG_RULES ${ARG_ROOT}/seam-rules.json)
  endif()
  cmake_path(ABSOLUTE_PATH ARG_RULES NORMALIZE)
  if(NOT EXISTS ${ARG_RULES})
    message(FATAL_ERROR "seam_add_check(${NAME}): there is no ${ARG_RULES}; `seam check --init "
                        "${ARG_ROOT}` writes one that describes what is there now")
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  set(command seam::tool check ${ARG_ROOT} --rules ${ARG_RULES})
  if(ARG_BASELINE)
    cmake_path(ABSOLUTE_PATH ARG_BASELINE NORMALIZE)
    list(APPEND command --baseline ${ARG_BASELINE})
  endif()
  if(NOT ARG_COMPILE_COMMANDS AND CMAKE_EXPORT_COMPILE_COMMANDS)
    set(ARG_COMPILE_COMMANDS ${CMAKE_BINARY_DIR}/compile_commands.json)
  endif()
  if(ARG_COMPILE_COMMANDS)
    cmake_path(ABSOLUTE_PATH ARG_COMPILE_COMMANDS NORMALIZE)
    list(APPEND command --compile-commands ${ARG_COMPILE_COMMANDS})
  endif()
  # The sources and objects of this build are read anew only where they have changed.
  list(APPEND command --cache ${CMAKE_BINARY_DIR}/seam-check ${ARG_OPTIONS})
  add_test(NAME ${NAME} COMMAND ${command} WORKING_DIRECTORY ${ARG_ROOT})
  set_tests_properties(${NAME} PROPERTIES TIMEOUT ${ARG_TIMEOUT})
endfunction()
