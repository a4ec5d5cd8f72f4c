# What is misspelt in CMake is told there, rather than by the program.
include(${CMAKE_CURRENT_LIST_DIR}/../../toolkit/cmake/SeamAddCheck.cmake)
seam_add_check(misspelt RULES no_such_rules.json)
