# libfsc: the codec folders, which are object libraries, in one shared library. What they link stays private to it, so that a
# program needs nothing but libfsc and its headers.
add_library(fsc SHARED)
add_library(fsc::fsc ALIAS fsc)
set_target_properties(fsc PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
target_compile_features(fsc PUBLIC cxx_std_20)
target_include_directories(fsc PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                                      $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/fsc>)
target_link_libraries(fsc PRIVATE fsc_core fsc_tiling fsc_motion fsc_streams fsc_codec)
