# libfsc: the codec folders, which are object libraries, in one shared library. What they link stays private to it, so that a
# program needs nothing but libfsc and its headers.
add_library(fsc SHARED)
add_library(fsc::fsc ALIAS fsc)
set_target_properties(fsc PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
target_compile_features(fsc PUBLIC cxx_std_20)
target_include_directories(fsc PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/codec/include>
                                      $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(fsc PRIVATE fsc_core fsc_tiling fsc_motion fsc_streams fsc_codec)

# The same as an archive, for what uses internals: the tool, the modules, the tests.
add_library(fsc_static STATIC)
target_compile_features(fsc_static PUBLIC cxx_std_20)
target_include_directories(fsc_static PUBLIC ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/codec/include)
target_link_libraries(fsc_static PRIVATE fsc_core fsc_tiling fsc_motion fsc_streams fsc_codec)

# With it, programs of the build tree find the modules built.
add_library(fsc_internals INTERFACE)
target_link_libraries(fsc_internals INTERFACE fsc_static)

# fsc_add_module(NAME SOURCES...): a shared library that core/module_loader.h opens when it is first needed.
function(fsc_add_module name)
  add_library(${name} MODULE ${ARGN})
  set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/modules)
  target_link_libraries(${name} PRIVATE fsc_static)
  target_link_options(${name} PRIVATE -Wl,--exclude-libs,ALL)  # what it shares with the library stays its own
  add_dependencies(fsc_internals ${name})
  set_property(GLOBAL APPEND PROPERTY FSC_MODULES ${name})
endfunction()
