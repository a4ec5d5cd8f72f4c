# Links gRPC, protobuf and abseil as archives: calls into a shared library go through a table, which
# costs gRPC about a third of a call. Debian's package files name the shared libraries only, so the
# imported targets are pointed to the archives that stand beside them.
#
# Included after find_package(Protobuf) and find_package(gRPC).

find_package(PkgConfig REQUIRED)
pkg_check_modules(seam_static_grpc REQUIRED grpc++)

set(archives)
set(shared)
foreach(library IN LISTS seam_static_grpc_STATIC_LIBRARIES)
  if(library MATCHES "^(grpc|gpr|upb|re2|cares|address_sorting|absl_)")
    find_library(archive_of_${library} lib${library}.a REQUIRED)
    list(APPEND archives ${archive_of_${library}})
  else()
    list(APPEND shared ${library})
  endif()
endforeach()
list(REMOVE_DUPLICATES archives)
find_library(archive_of_protobuf libprotobuf.a REQUIRED)

foreach(target gRPC::grpc++ gRPC::grpc gRPC::gpr gRPC::upb gRPC::address_sorting)
  get_target_property(type ${target} IMPORTED_CONFIGURATIONS)
  string(REPLACE "gRPC::" "" name ${target})
  set_target_properties(${target} PROPERTIES IMPORTED_LOCATION_${type} ${archive_of_${name}}
                                             IMPORTED_SONAME_${type} "")
endforeach()
# They name each other in circles.
set_property(TARGET gRPC::grpc++ PROPERTY INTERFACE_LINK_LIBRARIES
             -Wl,--start-group ${archives} ${archive_of_protobuf} -Wl,--end-group ${shared})
foreach(property IMPORTED_LOCATION IMPORTED_LOCATION_RELEASE)
  set_target_properties(protobuf::libprotobuf PROPERTIES ${property} ${archive_of_protobuf})
endforeach()
