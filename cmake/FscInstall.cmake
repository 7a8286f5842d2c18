# cmake --install: libfsc, its headers, a CMake package, a pkg-config file and the fsc tool.
include(CMakePackageConfigHelpers)

set(fsc_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/fsc)
set(fsc_module_dir ${CMAKE_INSTALL_LIBDIR}/fsc)
set_target_properties(fsc PROPERTIES INSTALL_RPATH "$ORIGIN/fsc")
install(TARGETS fsc EXPORT fscTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
# What is loaded on demand.
get_property(fsc_modules GLOBAL PROPERTY FSC_MODULES)
if(fsc_modules)
  install(TARGETS ${fsc_modules} LIBRARY DESTINATION ${fsc_module_dir})
endif()
if(FSC_BUILD_TOOLS)
  set(fsc_programs fsc_tool fsc_encoderapp fsc_decoderapp fsc_parcat)
  set_target_properties(${fsc_programs} PROPERTIES INSTALL_RPATH "$ORIGIN/../${fsc_module_dir}")
  install(TARGETS ${fsc_programs} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/codec/include/fsc DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

install(EXPORT fscTargets NAMESPACE fsc:: DESTINATION ${fsc_cmake_dir})
configure_package_config_file(cmake/fscConfig.cmake.in ${PROJECT_BINARY_DIR}/fscConfig.cmake INSTALL_DESTINATION ${fsc_cmake_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/fscConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/fscConfig.cmake ${PROJECT_BINARY_DIR}/fscConfigVersion.cmake DESTINATION ${fsc_cmake_dir})

file(RELATIVE_PATH fsc_pkgconfig_to_prefix /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)  # so that the tree can be moved
configure_file(cmake/fsc.pc.in ${PROJECT_BINARY_DIR}/fsc.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/fsc.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
