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
if(FSC_WERROR)
  add_compile_options(-Werror)
endif()
if(FSC_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
