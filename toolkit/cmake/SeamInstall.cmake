# What `make install` puts below the prefix, so that find_package(seam) works from outside:
#
#   bin/              seam, the command line, and protoc-gen-seam
#   include/seam/     the public headers, and the protos that others import
#   lib/              the runtime, static
#   lib/cmake/seam/   the package file, and seam_add_client() and the like
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(installed_libraries
  core wire binding config observe compatibility events_ports events_client events
  events_nats_options events_nats event_bus grpc token_keys_client identity host sql postgresql
  database sides testing parity)
foreach(name IN LISTS installed_libraries)
  set_target_properties(seam_${name} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(seam_${name} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  install(TARGETS seam_${name} EXPORT seam_targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
endforeach()
install(TARGETS protoc-gen-seam EXPORT seam_targets RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS seam-tool EXPORT seam_targets RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

install(DIRECTORY ${PROJECT_SOURCE_DIR}/toolkit/seam DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.h" PATTERN "*_internal.h" EXCLUDE)
install(FILES ${PROJECT_SOURCE_DIR}/toolkit/seam/events/v1/options.proto
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/seam/events/v1)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/seam)
install(EXPORT seam_targets NAMESPACE seam:: FILE seam-targets.cmake DESTINATION ${package_folder})
configure_package_config_file(
  ${CMAKE_CURRENT_LIST_DIR}/seam-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/seam-config.cmake
  INSTALL_DESTINATION ${package_folder})
# Before 1.0 each minor version may break what was built against the one before.
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/seam-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/seam-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/seam-config-version.cmake
              ${CMAKE_CURRENT_LIST_DIR}/SeamAddClient.cmake
              ${CMAKE_CURRENT_LIST_DIR}/SeamAddCheck.cmake
              ${CMAKE_CURRENT_LIST_DIR}/SeamAddParityTest.cmake
              ${CMAKE_CURRENT_LIST_DIR}/seam_drift.sh
        DESTINATION ${package_folder})
