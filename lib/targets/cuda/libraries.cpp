// SPDX-License-Identifier: Apache-2.0
// See libraries.h.
#include "targets/cuda/libraries.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>

#include "support/file.h"
#include "support/process.h"
#include "support/sha256.h"

namespace tgc {
namespace {

// Where a root keeps its libraries: toolkits, Debian, wheels (a wheel's "nvidia" folder is laid out
// as a toolkit since CUDA 13, one folder a part before).
constexpr std::array<std::string_view, 8> kLibraryFolders = {"",
                                                             "lib64",
                                                             "lib",
                                                             "targets/x86_64-linux/lib",
                                                             "lib/x86_64-linux-gnu",
                                                             "nvidia/cu13/lib",
                                                             "nvidia/cuda_nvrtc/lib",
                                                             "nvidia/nvfatbin/lib"};

// The numbers in "cuda-13.0", for ordering releases.
std::vector<int> release_of(const std::string& name) {
  std::vector<int> numbers;
  bool in_number = false;
  for (const char c : name) {
    const bool digit = c >= '0' && c <= '9';
    if (digit && !in_number) numbers.push_back(0);
    if (digit) numbers.back() = std::min(numbers.back() * 10 + (c - '0'), 100'000);
    in_number = digit;
  }
  return numbers;
}

// "cuda" itself, then "cuda-*" newest first.
std::vector<std::string> toolkits_in(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> names;
  for (std::string& name : list_folder(folder, error).value_or(std::vector<std::string>())) {
    if (name.starts_with("cuda-")) names.push_back(std::move(name));
  }
  std::stable_sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
    return release_of(a) > release_of(b);
  });
  names.insert(names.begin(), "cuda");
  for (std::string& name : names) {
    name = join_path(folder, name);
  }
  return names;
}

std::vector<std::string> wheel_roots(const std::string& pypi) {
  std::vector<std::string> roots = {pypi};
  std::error_code error;
  const std::string lib = join_path(pypi, "lib");
  for (const std::string& name : list_folder(lib, error).value_or(std::vector<std::string>())) {
    if (name.starts_with("python3")) roots.push_back(join_path(lib, name + "/site-packages"));
  }
  return roots;
}

// The GNU build id among the notes of one loaded object, in hexadecimal.
std::string build_id_in(const dl_phdr_info& object) {
  for (int i = 0; i < object.dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = object.dlpi_phdr[i];
    if (header.p_type != PT_NOTE) continue;
    const char* at = reinterpret_cast<const char*>(object.dlpi_addr + header.p_vaddr);
    const char* end = at + header.p_memsz;
    while (end - at >= static_cast<std::ptrdiff_t>(sizeof(ElfW(Nhdr)))) {
      ElfW(Nhdr) note;
      std::memcpy(&note, at, sizeof(note));
      const char* name = at + sizeof(note);
      const char* value = name + (note.n_namesz + 3) / 4 * 4;
      if (note.n_type == NT_GNU_BUILD_ID &&
          std::string_view(name, note.n_namesz).starts_with("GNU")) {
        return hex_text(reinterpret_cast<const uint8_t*>(value), note.n_descsz);
      }
      at = value + (note.n_descsz + 3) / 4 * 4;
    }
  }
  return "";
}

std::string identity_of(void* handle) {
  const link_map* map = nullptr;
  if (::dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0) return "";
  struct Wanted {
    ElfW(Addr) address;
    std::string build_id;
  } wanted{map->l_addr, ""};
  ::dl_iterate_phdr(
      [](dl_phdr_info* object, size_t, void* data) {
        auto* found = static_cast<Wanted*>(data);
        if (object->dlpi_addr != found->address) return 0;
        found->build_id = build_id_in(*object);
        return 1;
      },
      &wanted);
  if (!wanted.build_id.empty()) return wanted.build_id;
  const auto facts = file_facts(map->l_name);
  return facts ? "size " + std::to_string(facts->size) : "";
}

std::string path_of(void* handle) {
  const link_map* map = nullptr;
  return ::dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 ? map->l_name : "";
}

bool try_to_load(const std::string& file, LoadedLibrary& library) {
  library.handle = ::dlopen(file.c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (library.handle == nullptr) return false;
  library.path = path_of(library.handle);
  library.identity = identity_of(library.handle);
  return true;
}

}  // namespace

std::vector<std::string> cuda_roots(const CudaSearch& search, bool obey_path) {
  const auto variable = [&](const char* name) { return search.environment(name).value_or(""); };
  std::vector<std::string> roots;
  const std::string chosen = variable("TGC_CUDA_PATH");
  if (!chosen.empty()) {
    roots = wheel_roots(chosen);
    if (obey_path) return roots;
  }
  const std::string program =
      search.program_folder.empty() ? executable_folder() : search.program_folder;
  for (std::string& root : wheel_roots(join_path(parent_folder(program), "cuda-pypi"))) {
    roots.push_back(std::move(root));
  }
  for (const char* name : {"CUDA_PATH", "CUDA_HOME"}) {
    if (const std::string root = variable(name); !root.empty()) roots.push_back(root);
  }
  for (const std::string& folder : search.system_folders) {
    for (std::string& root : toolkits_in(folder)) {
      roots.push_back(std::move(root));
    }
  }
  return roots;
}

LoadedLibrary load_cuda_library(const CudaSearch& search, const std::vector<std::string>& names,
                                bool obey_path) {
  LoadedLibrary library;
  for (const std::string& root : cuda_roots(search, obey_path)) {
    library.looked_in.push_back(root);
    for (const std::string_view folder : kLibraryFolders) {
      for (const std::string& name : names) {
        const std::string file = join_path(join_path(root, folder), name);
        if (!path_exists(file)) continue;
        if (try_to_load(file, library)) return library;
        library.complaints.emplace_back(::dlerror());
      }
    }
  }
  const bool path_only = obey_path && !search.environment("TGC_CUDA_PATH").value_or("").empty();
  if (!search.loader_path || path_only) return library;
  library.looked_in.emplace_back("the dynamic loader's path");
  for (const std::string& name : names) {
    if (try_to_load(name, library)) return library;
  }
  return library;
}

std::string find_cuda_program(const CudaSearch& search, const std::string& name) {
  for (const std::string& root : cuda_roots(search, false)) {
    std::string program = find_program(join_path(join_path(root, "bin"), name));
    if (!program.empty()) return program;
  }
  return search.loader_path ? find_program(name) : "";
}

void* library_function(const LoadedLibrary& library, const char* name) {
  return ::dlsym(library.handle, name);
}

}  // namespace tgc
