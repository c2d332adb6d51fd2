// SPDX-License-Identifier: Apache-2.0
// The compiler, its flags and a precompiled prelude come from the build (emulation_build.h).
#include "helpers/emulation/emulated_module.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "emulation_build.h"

namespace tgc {
namespace {

namespace fs = std::filesystem;

// A folder of its own that goes away at the end.
class WorkFolder {
 public:
  WorkFolder() {
    std::string pattern = (fs::temp_directory_path() / "tgc-emulation-XXXXXX").string();
    if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~WorkFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;

  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string contents(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// Runs a shell line in the folder; its messages are put into `error` where it fails.
bool run(const fs::path& folder, const std::string& line, std::string& error) {
  const std::string command = "cd '" + folder.string() + "' && " + line + " >log 2>&1";
  if (std::system(command.c_str()) == 0) return true;
  error = contents(folder / "log");
  return false;
}

}  // namespace

std::string emulated_source(const std::vector<EmulatedText>& texts) {
  std::string source;
  for (const EmulatedText& text : texts) {
    source += "#line 1 \"" + text.name + "\"\n" + text.text + "\n";
  }
  return source;
}

bool build_emulated_library(const std::vector<EmulatedText>& texts, bool checked,
                            const std::string& path, std::string& error) {
  const WorkFolder folder;
  if (folder.path().empty()) {
    error = "cannot make a folder for temporary files";
    return false;
  }
  std::ofstream(folder.path() / "kernels.cu", std::ios::binary) << emulated_source(texts);
  // Relative names and no debug information: equal texts are found in the compiler cache.
  const std::string compiler = std::string(TGC_EMULATION_COMPILER) + " " +
                               (checked ? TGC_EMULATION_CHECKED : TGC_EMULATION_UNCHECKED);
  if (!run(folder.path(), compiler + " -c -x c++ kernels.cu -o kernels.o", error) ||
      !run(folder.path(), compiler + " -shared kernels.o " TGC_EMULATION_LIBRARY " -o kernels.so",
           error)) {
    return false;
  }
  std::error_code failure;
  fs::copy_file(folder.path() / "kernels.so", path, fs::copy_options::overwrite_existing, failure);
  if (failure) error = path + ": " + failure.message();
  return !failure;
}

std::optional<EmulatedModule> EmulatedModule::load(const std::string& path, std::string& error) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    error = dlerror();
    return std::nullopt;
  }
  return EmulatedModule(library);
}

std::optional<EmulatedModule> EmulatedModule::build(const std::vector<EmulatedText>& texts,
                                                    bool checked, std::string& error) {
  const WorkFolder folder;
  const std::string path = (folder.path() / "module.so").string();
  if (!build_emulated_library(texts, checked, path, error)) return std::nullopt;
  return load(path, error);
}

EmulatedModule::~EmulatedModule() {
  if (library_ != nullptr) dlclose(library_);
}
EmulatedModule::EmulatedModule(EmulatedModule&& other) noexcept
    : library_(std::exchange(other.library_, nullptr)) {}
EmulatedModule& EmulatedModule::operator=(EmulatedModule&& other) noexcept {
  std::swap(library_, other.library_);
  return *this;
}

tgc_emulated_entry EmulatedModule::kernel(const std::string& name) const {
  return reinterpret_cast<tgc_emulated_entry>(dlsym(library_, (name + "__emulated").c_str()));
}

}  // namespace tgc
