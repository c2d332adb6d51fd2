# SPDX-License-Identifier: Apache-2.0
# tgc_add_bundle(<name> GRAPH <file.json> [TARGETS <target>…] [FLAGS <flag=value>…] [OUTPUT <folder>])
#
# Compiles a graph when the project is built, anew only when the graph, a file it includes or its
# weights changed. Environment variables and configuration files of the user do not count
# (--isolated): the same sources make the same bundle everywhere.
#   TARGETS  as in `tgc compile --target`; without it, what tgc takes by itself
#   FLAGS    as in TGC_FLAGS, e.g. optimizer=fast_compile
#   OUTPUT   the bundle's folder; without it <current binary folder>/<name>.tgc
# <name> is then a library to link: it brings the bundle's typed header and tgc::runtime. Its
# property TGC_BUNDLE is the bundle's folder.
include_guard()
cmake_policy(PUSH)
cmake_policy(VERSION 3.20...3.25)

function(tgc_add_bundle name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "GRAPH;OUTPUT" "TARGETS;FLAGS")
  if(ARG_UNPARSED_ARGUMENTS OR NOT ARG_GRAPH)
    message(FATAL_ERROR "tgc_add_bundle(${name}): expected GRAPH <file.json> [TARGETS …] [FLAGS …] "
      "[OUTPUT <folder>]; did not understand '${ARG_UNPARSED_ARGUMENTS}'")
  endif()
  get_filename_component(graph ${ARG_GRAPH} ABSOLUTE)
  if(ARG_OUTPUT)
    get_filename_component(bundle ${ARG_OUTPUT} ABSOLUTE BASE_DIR ${CMAKE_CURRENT_BINARY_DIR})
  else()
    set(bundle ${CMAKE_CURRENT_BINARY_DIR}/${name}.tgc)
  endif()
  set(options)
  if(ARG_TARGETS)
    list(JOIN ARG_TARGETS "," targets)
    list(APPEND options --target ${targets})
  endif()
  if(ARG_FLAGS)
    list(JOIN ARG_FLAGS "," flags)
    list(APPEND options --flags ${flags})
  endif()

  # tgc leaves the time of an unchanged file alone; touching it tells the build that it is current.
  set(depfile ${CMAKE_CURRENT_BINARY_DIR}/${name}.tgc.d)
  add_custom_command(OUTPUT ${bundle}/manifest.json
    COMMAND tgc::tgc compile ${graph} --isolated ${options} -o ${bundle} -MD -MF ${depfile}
    COMMAND ${CMAKE_COMMAND} -E touch_nocreate ${bundle}/manifest.json
    DEPENDS ${graph} tgc::tgc
    DEPFILE ${depfile}
    COMMENT "Compiling graph ${ARG_GRAPH}"
    VERBATIM)
  add_custom_target(${name}_bundle ALL DEPENDS ${bundle}/manifest.json)

  add_library(${name} INTERFACE)
  add_dependencies(${name} ${name}_bundle)
  target_include_directories(${name} INTERFACE ${bundle})
  target_link_libraries(${name} INTERFACE tgc::runtime)
  set_target_properties(${name} PROPERTIES TGC_BUNDLE ${bundle})
endfunction()

cmake_policy(POP)
