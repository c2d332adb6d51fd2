# SPDX-License-Identifier: Apache-2.0
# Functions every CMakeLists.txt of the project uses: libraries, unit tests, warnings, sanitizers.
include_guard()

# Adds a folder if it has a CMakeLists.txt.
function(tgc_add_folder folder)
  if(EXISTS ${CMAKE_SOURCE_DIR}/${folder}/CMakeLists.txt)
    add_subdirectory(${CMAKE_SOURCE_DIR}/${folder})
  endif()
endfunction()

# Warnings, sanitizers and link options shared by all C++ targets.
function(tgc_target_options target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wconversion -Wshadow)
  # g++ 12 sees overlapping and endless copies in "text" + std::string (GCC bugs 105651, 105329).
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(${target} PRIVATE -Wno-restrict -Wno-stringop-overflow)
  endif()
  if(TGC_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(TGC_SANITIZE)
    target_compile_options(
      ${target} PRIVATE -fsanitize=${TGC_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PRIVATE -fsanitize=${TGC_SANITIZE})
  endif()
endfunction()

# tgc_library(<folder> SOURCES … [DEPENDS <folder> …] [PRIVATE_DEPENDS <folder or target> …])
# makes the static library tgc_<folder> of lib/<folder>; a dependency that names a lib folder is tgc_<it>.
function(tgc_library folder)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  add_library(tgc_${folder} STATIC ${ARG_SOURCES})
  target_include_directories(tgc_${folder} PUBLIC ${CMAKE_SOURCE_DIR}/lib)
  tgc_target_options(tgc_${folder})
  foreach(scope IN ITEMS PUBLIC PRIVATE)
    set(list ${ARG_DEPENDS})
    if(scope STREQUAL PRIVATE)
      set(list ${ARG_PRIVATE_DEPENDS})
    endif()
    foreach(dependency IN LISTS list)
      if(EXISTS ${CMAKE_SOURCE_DIR}/lib/${dependency})
        set(dependency tgc_${dependency})
      endif()
      target_link_libraries(tgc_${folder} ${scope} ${dependency})
    endforeach()
  endforeach()
endfunction()

# Test code is compiled often and run once; a precompiled header wants all its users compiled alike.
function(tgc_test_options target)
  target_compile_options(${target} PRIVATE -fpch-preprocess $<$<CONFIG:Release>:-O1>)
endfunction()

# tgc_test_executable(<name> SOURCES … [DEPENDS …]) makes a Catch2 executable; a dependency that names
# a lib folder is tgc_<it>. All of them share one precompiled catch.hpp.
function(tgc_test_executable name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  tgc_target_options(${name})
  tgc_test_options(${name})
  target_precompile_headers(${name} REUSE_FROM tgc_test_pch)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/lib ${CMAKE_SOURCE_DIR}/tests)
  foreach(dependency IN LISTS ARG_DEPENDS)
    if(EXISTS ${CMAKE_SOURCE_DIR}/lib/${dependency})
      set(dependency tgc_${dependency})
    endif()
    target_link_libraries(${name} PRIVATE ${dependency})
  endforeach()
  target_link_libraries(${name} PRIVATE tgc_catch_main)
endfunction()

# tgc_add_test(<label>.<name> [TIER2] COMMAND …) registers a test labelled with its folder of tests/;
# exit code 77 after a line "skipped: REASON" means that it cannot run here.
function(tgc_add_test name)
  cmake_parse_arguments(ARG "TIER2" "" "COMMAND" ${ARGN})
  string(REGEX REPLACE "\\..*" "" labels ${name})
  set(seconds 900)
  if(ARG_TIER2)
    list(APPEND labels tier2)
    set(seconds 2700)  # some build anew
  endif()
  add_test(NAME ${name} COMMAND ${ARG_COMMAND})
  set_tests_properties(${name} PROPERTIES LABELS "${labels}" SKIP_RETURN_CODE 77 TIMEOUT ${seconds})
endfunction()

# tgc_unit_test(<folder> SOURCES … [DEPENDS …]) makes and registers <folder>_test.
function(tgc_unit_test folder)
  tgc_test_executable(${folder}_test ${ARGN})
  tgc_add_test(unit.${folder} COMMAND ${folder}_test)
endfunction()

# Registers each subfolder of the current folder as golden cases: <label>.<subfolder>.
function(tgc_golden_tests label)
  set(lacks)
  if(TGC_CUDA STREQUAL "off")
    set(lacks --lacks nvrtc)
  endif()
  set(tgc)
  if(TARGET tgc)
    set(tgc --tgc $<TARGET_FILE:tgc>)
  endif()
  file(GLOB areas RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} CONFIGURE_DEPENDS *)
  foreach(area IN LISTS areas)
    if(IS_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/${area})
      tgc_add_test(${label}.${area} COMMAND golden_runner ${tgc} --source ${CMAKE_SOURCE_DIR}
        --version ${PROJECT_VERSION} ${lacks} ${CMAKE_CURRENT_SOURCE_DIR}/${area})
    endif()
  endforeach()
endfunction()
