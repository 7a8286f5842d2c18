# Language level, warnings, and the rules that keep floating point the same on every machine.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)  # what libfsc shows is marked FSC_EXPORT
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release)
endif()

find_program(FSC_CCACHE ccache)
if(FSC_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${FSC_CCACHE})
endif()

# No fused multiply-add behind our back: the quantisers' plain and fast kernels must agree to the bit.
add_compile_options(-Wall -Wextra -Wshadow -Wno-missing-field-initializers -ffp-contract=off)

# fsc_precompile(TARGET HEADERS...): parses these headers once for the sources of `target`, and of the targets that share with it
# (fsc_share_precompiled): worth it for headers that take longer to parse than the file that includes them.
if(FSC_CCACHE AND CMAKE_CXX_COMPILER_LAUNCHER STREQUAL FSC_CCACHE)
  set(fsc_precompiling_launcher ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${FSC_CCACHE})
endif()
function(fsc_prepare_precompiled target)
  if(fsc_precompiling_launcher)
    set_target_properties(${target} PROPERTIES CXX_COMPILER_LAUNCHER "${fsc_precompiling_launcher}")
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)  # ccache asks for it
  endif()
endfunction()
function(fsc_precompile target)
  target_precompile_headers(${target} PRIVATE ${ARGN})
  fsc_prepare_precompiled(${target})
endfunction()
function(fsc_share_precompiled target owner)
  target_precompile_headers(${target} REUSE_FROM ${owner})
  fsc_prepare_precompiled(${target})
endfunction()

# What only parses, prints or checks is compiled for the builder's time: half of it goes into optimising such code.
set(FSC_LIGHT_FLAGS $<$<CONFIG:Release>:-O1> CACHE STRING "Flags of what only parses, prints or checks")
function(fsc_compile_lightly target)
  target_compile_options(${target} PRIVATE ${FSC_LIGHT_FLAGS})
endfunction()

# fsc_compile_in_batches(TARGET): with FSC_UNITY_BUILD its sources are compiled several at a time, so that headers are parsed, and what
# their templates become is compiled, once a batch. For who builds from nothing; a change of one file then compiles its whole batch.
# Sources of Highway are compiled alone, since they include themselves once for each instruction set.
option(FSC_UNITY_BUILD "Compile sources in batches: a build from nothing takes less time" OFF)
function(fsc_compile_in_batches target)
  if(FSC_UNITY_BUILD)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # Of a class that hides a type of its own file: which file that is, gcc does not see in a batch.
      target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-Wno-subobject-linkage>)
    endif()
    get_target_property(sources ${target} SOURCES)
    list(FILTER sources INCLUDE REGEX "_simd\\.cc$")
    set_source_files_properties(${sources} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
endfunction()

if(FSC_WERROR)
  add_compile_options(-Werror)
endif()
if(FSC_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
