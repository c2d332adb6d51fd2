// SPDX-License-Identifier: Apache-2.0
// Finding and loading the libraries of CUDA that compile: NVRTC and nvfatbin. They are loaded when
// asked for, so that one tgc serves machines with and without them. No GPU or driver is involved.
#pragma once
#include <string>
#include <vector>

#include "support/environment.h"

namespace tgc {

struct CudaSearch {
  EnvironmentLookup environment = process_environment();
  std::string program_folder;  // of the running tgc; "": ask the system
  // Folders that may be or hold toolkits: /usr/local/cuda, /usr/local/cuda-13.0, …
  std::vector<std::string> system_folders = {"/usr/local", "/opt"};
  bool loader_path = true;  // at last, wherever the dynamic loader looks
};

// Roots of installed CUDA parts in the order they are searched, whether they exist or not:
// $TGC_CUDA_PATH, PROGRAM/../cuda-pypi (wheels, see tools/setup), $CUDA_PATH, $CUDA_HOME, then the
// toolkits in the system folders, newest first. Where TGC_CUDA_PATH is set and `obey_path`, it
// alone.
std::vector<std::string> cuda_roots(const CudaSearch& search, bool obey_path);

struct LoadedLibrary {
  void* handle = nullptr;  // never closed: NVIDIA's libraries keep threads and exit handlers
  std::string path;
  std::string identity;                 // its build id, else its size: differs between releases
  std::vector<std::string> looked_in;   // every place tried
  std::vector<std::string> complaints;  // of files that are there and could not be loaded
};

// Loads the first library found that has one of the names (in order of preference within a root).
LoadedLibrary load_cuda_library(const CudaSearch& search, const std::vector<std::string>& names,
                                bool obey_path);

// The first of the roots' bin folders and $PATH that has this program; "" if none.
std::string find_cuda_program(const CudaSearch& search, const std::string& name);

// A function of a loaded library; null if it has none of this name.
void* library_function(const LoadedLibrary& library, const char* name);

}  // namespace tgc
