# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` installs: the command, the runtime with its headers, the CMake package and
# the pkg-config file. Everything is found relative to bin/tgc, so the folder may be moved:
#   bin/tgc   lib/libtgc_runtime.so   include/tgc/…   lib/cmake/tgc/…   lib/pkgconfig/tgc.pc
include(CMakePackageConfigHelpers)
set(CMAKE_INSTALL_LIBDIR lib CACHE STRING "Folder of libraries below the prefix")
include(GNUInstallDirs)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/tgc)
set_target_properties(tgc PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
set_target_properties(tgc_runtime PROPERTIES EXPORT_NAME runtime)
install(TARGETS tgc tgc_runtime EXPORT tgcTargets)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/runtime/include/tgc DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT tgcTargets NAMESPACE tgc:: DESTINATION ${package_folder})

configure_package_config_file(${CMAKE_SOURCE_DIR}/tools/cmake/tgcConfig.cmake.in
  ${CMAKE_BINARY_DIR}/package/tgcConfig.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/package/tgcConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
file(RELATIVE_PATH TGC_PREFIX_FROM_PC /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${CMAKE_SOURCE_DIR}/tools/cmake/tgc.pc.in ${CMAKE_BINARY_DIR}/package/tgc.pc @ONLY)
install(FILES
  ${CMAKE_BINARY_DIR}/package/tgcConfig.cmake
  ${CMAKE_BINARY_DIR}/package/tgcConfigVersion.cmake
  ${CMAKE_SOURCE_DIR}/tools/cmake/TgcAddBundle.cmake
  DESTINATION ${package_folder})
install(FILES ${CMAKE_BINARY_DIR}/package/tgc.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
