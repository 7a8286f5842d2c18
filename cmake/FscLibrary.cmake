# libfsc: the codec folders, which are object libraries, in one library.
add_library(fsc)
add_library(fsc::fsc ALIAS fsc)
set_target_properties(fsc PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
target_link_libraries(fsc PUBLIC fsc_core fsc_tiling fsc_motion fsc_streams fsc_codec)
