# What is misspelt in CMake is told there, rather than by the linker.
include(${CMAKE_CURRENT_LIST_DIR}/../../toolkit/cmake/SeamAddParityTest.cmake)
seam_add_parity_test(misspelt CONTRACT no_such_client SOURCES misspelt.cc)
