# cmake --install: libfsc, its headers, a CMake package, a pkg-config file and the fsc tool.
include(CMakePackageConfigHelpers)

set(fsc_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/fsc)
set(fsc_installed_libraries fsc)
set(fsc_installed_folders core tiling motion streams codec)
if(FSC_WITH_TORCH)
  list(APPEND fsc_installed_libraries fsc_models)
  list(APPEND fsc_installed_folders models)
endif()
set_target_properties(fsc_tool ${fsc_installed_libraries} PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")

install(TARGETS ${fsc_installed_libraries} EXPORT fscTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS fsc_tool RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
foreach(folder ${fsc_installed_folders})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/fsc FILES_MATCHING PATTERN "*.h"
    PATTERN "ffmpeg_raii.h" EXCLUDE PATTERN "*-inl.h" EXCLUDE PATTERN "back_weights.h" EXCLUDE PATTERN "compressibility_loss.h" EXCLUDE
    PATTERN "feature_crops.h" EXCLUDE PATTERN "gradient_back.h" EXCLUDE PATTERN "reduction_loss.h" EXCLUDE PATTERN "reduction_network.h" EXCLUDE PATTERN "task_loss.h" EXCLUDE)
endforeach()

install(EXPORT fscTargets NAMESPACE fsc:: DESTINATION ${fsc_cmake_dir})
configure_package_config_file(cmake/fscConfig.cmake.in ${PROJECT_BINARY_DIR}/fscConfig.cmake INSTALL_DESTINATION ${fsc_cmake_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/fscConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/fscConfig.cmake ${PROJECT_BINARY_DIR}/fscConfigVersion.cmake DESTINATION ${fsc_cmake_dir})

file(RELATIVE_PATH fsc_pkgconfig_to_prefix /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)  # so that the tree can be moved
configure_file(cmake/fsc.pc.in ${PROJECT_BINARY_DIR}/fsc.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/fsc.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
