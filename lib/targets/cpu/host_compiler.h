// SPDX-License-Identifier: Apache-2.0
// The C++ compiler of the compiling machine: generated text to objects, several at a time, and
// objects to libNAME.so, which needs libc and libm alone and exports what the text says. The bytes
// depend on texts, flags and tools, never on folders, times or the number of processes.
//
// Measured (g++ 12, 2 cores, 25 kernels, x86-64-v3 and v4): one text a level 0.8 s, two 0.9 s, four
// 1.2 s, one a kernel 1.9 s. A process costs 0.04 s; so a few kernels share a text (support/chunk.h
// cuts so that a changed kernel changes one text).
#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "support/blob_store.h"
#include "support/code_text.h"
#include "support/diagnostic.h"
#include "support/environment.h"

namespace tgc {

struct HostCompiler {
  std::vector<std::string> command;  // {"/usr/bin/g++"}, or {"ccache", "g++"} where so asked for
  std::string version;               // the first line of --version
  std::string identity;              // versions of compiler, assembler and linker, and the machine
};

// `wanted` (the flag cxx) alone if it is not empty, else $CXX alone if it is set, else the first of
// c++, g++ and clang++. Where there is none, or it does not answer, an error (exit 3) and nothing.
std::optional<HostCompiler> find_host_compiler(const std::string& wanted,
                                               const EnvironmentLookup& environment,
                                               Diagnostics& diagnostics);

struct CpuSource {
  std::string name;  // its file is NAME.cpp; unique
  std::string text;
  std::vector<std::string> flags;    // besides cpu_kernel_flags()
  std::vector<std::string> origins;  // what it computes, for messages: "gemm_1 (p, loss)"
};

struct CpuProgress {
  size_t done = 0;
  size_t total = 0;
  size_t from_cache = 0;
};

struct CpuCompileOptions {
  HeaderTexts headers;
  std::vector<std::string> flags;  // the user's, for all sources, after cpu_kernel_flags()
  int processes = 0;               // at a time; 0: as many as this machine has cores
  // Where, if compiling fails, the texts and headers are kept so that the shown command runs there.
  std::string keep_folder;
  std::function<void(const CpuProgress&)> progress;  // may be empty
};

// What all generated code is compiled with.
std::vector<std::string> cpu_kernel_flags();

struct CpuObjects {
  std::vector<std::string> bytes;  // of each source's object, in their order
  std::string warnings;            // what the compiler said about what it accepted
  size_t from_cache = 0;
};

// When a source is rejected: an error with the command and its output, and nothing.
std::optional<CpuObjects> compile_objects(const std::vector<CpuSource>& sources,
                                          const HostCompiler& compiler,
                                          const CpuCompileOptions& options, const BlobStore& store,
                                          Diagnostics& diagnostics);

struct CpuLibrary {
  std::string bytes;
  std::string warnings;
  size_t objects_from_cache = 0;
  bool from_cache = false;  // as a whole: nothing was compiled or linked
  double compile_seconds = 0;
  double link_seconds = 0;
};

// The shared library `file_name` ("libdigits.so", also its SONAME) of all sources.
std::optional<CpuLibrary> build_cpu_library(const std::vector<CpuSource>& sources,
                                            const std::string& file_name,
                                            const HostCompiler& compiler,
                                            const CpuCompileOptions& options,
                                            const BlobStore& store, Diagnostics& diagnostics);

// The same code as one relocatable object, `file_name` in messages, to link into other programs.
std::optional<std::string> build_cpu_object(const std::vector<CpuSource>& sources,
                                            const std::string& file_name,
                                            const HostCompiler& compiler,
                                            const CpuCompileOptions& options,
                                            const BlobStore& store, Diagnostics& diagnostics);

}  // namespace tgc
