// SPDX-License-Identifier: Apache-2.0
// See engine.h.
#include "engine.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <cstring>

#include "failure.h"
#include "processor.h"
#include "support/sha256.h"

namespace tgc::runtime {
namespace {

void check_digest(const std::string& path, const tgc_u8* expected) {
  const MappedFile file(path);
  const auto digest = sha256({reinterpret_cast<const char*>(file.data()), file.size()});
  if (std::memcmp(digest.data(), expected, 32) != 0) {
    fail(TGC_ERROR_BUNDLE, path +
                               " is not the file the plan was made with (its digest differs); "
                               "compile the bundle again");
  }
}

std::string identifier(const std::string& name) {
  std::string text;
  for (const char c : name) text += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  if (text.empty() || std::isdigit(static_cast<unsigned char>(text[0])) != 0) text = "_" + text;
  return text;
}

bool has_digest(const tgc_u8* digest) {
  for (int i = 0; i < 32; ++i) {
    if (digest[i] != 0) return true;
  }
  return false;
}

}  // namespace

std::string bundle_file(const std::string& folder, const std::string& name) {
  return folder + "/" + name;
}

std::string find_plan(const std::string& folder) {
  DIR* listing = opendir(folder.c_str());
  if (listing == nullptr) {
    fail(TGC_ERROR_FILE, "cannot open bundle " + folder + ": " + std::strerror(errno));
  }
  std::string found;
  int count = 0;
  while (const dirent* entry = readdir(listing)) {
    const std::string name = entry->d_name;
    if (name.size() > 5 && name.compare(name.size() - 5, 5, ".plan") == 0) {
      found = name;
      ++count;
    }
  }
  closedir(listing);
  if (count != 1) {
    fail(TGC_ERROR_BUNDLE, folder + " is not a tgc bundle: it holds " +
                               (count == 0 ? "no .plan file" : "several .plan files"));
  }
  return folder + "/" + found;
}

Engine::Engine(const std::string& path, const Settings& settings)
    : path_(path),
      settings_(settings),
      plan_(find_plan(path), settings.check_digests),
      weights_(bundle_file(path, "weights.safetensors")) {
  for (const SharedInfo& shared : plan_.shared()) {
    if (shared.offset > weights_.size() || shared.bytes > weights_.size() - shared.offset) {
      fail(TGC_ERROR_BUNDLE, bundle_file(path, "weights.safetensors") +
                                 " is too short for shared variable " + shared.name);
    }
  }
  load_functions();
  load_code();
  if (settings_.device != "cpu") {
    const std::string fatbin = bundle_file(path, plan_.name() + ".fatbin");
    if (settings_.check_digests) check_digest(fatbin, plan_.header().fatbin_sha256);
    device_ = open_cuda_device(settings_.device, fatbin, plan_.gpu_kernels(),
                               plan_.header().minimum_driver, settings_.preallocate);
    device_name_ = device_->name();
    try {
      load_constants();
    } catch (...) {
      release_constants();
      throw;
    }
  } else if (!settings_.init_gpu_device.empty()) {
    // no kernel is taken from the file, so any file of the bundle serves
    ready_device_ =
        open_cuda_device(settings_.init_gpu_device, find_plan(path), {}, 0, settings_.preallocate);
  }
}

Engine::~Engine() {
  release_constants();
  device_.reset();
  if (library_ != nullptr) dlclose(library_);
}

void Engine::load_functions() {
  const bool wants_cuda = settings_.device != "cpu";
  bool any_cuda = false;
  bool any_cpu = false;
  for (const Program& program : plan_.programs()) {
    (program.is_cuda ? any_cuda : any_cpu) = true;
    if (program.is_cuda != wants_cuda) continue;
    FunctionEntry entry;
    entry.program = &program;
    entry.name = program.function;
    for (const auto& value : program.inputs) entry.input_names.push_back(plan_.text(value.name));
    for (const auto& value : program.outputs) entry.output_names.push_back(plan_.text(value.name));
    functions_.push_back(std::move(entry));
  }
  if (wants_cuda && !any_cuda) {
    fail(TGC_ERROR_ENVIRONMENT, "bundle " + plan_.name() + " holds no code for " +
                                    settings_.device + "; compile it with --target cpu,cuda");
  }
  if (!wants_cuda && !any_cpu && any_cuda) {
    fail(TGC_ERROR_ENVIRONMENT,
         "bundle " + plan_.name() + " holds no code for cpu; compile it with --target cpu,cuda");
  }
}

void Engine::release_constants() noexcept {
  for (void* constant : device_constants_) {
    if (constant != nullptr) device_->release(constant);
  }
}

void Engine::load_constants() {
  device_constants_.resize(plan_.constants().size(), nullptr);
  std::unique_ptr<Queue> queue;
  for (const FunctionEntry& function : functions_) {
    for (const auto& buffer : function.program->buffers) {
      const bool is_wanted = buffer.kind == TGC_BUFFER_CONSTANT && buffer.place == TGC_PLACE_CUDA;
      if (!is_wanted || device_constants_[buffer.index] != nullptr) continue;
      const auto& constant = plan_.constants()[buffer.index];
      if (!queue) queue = device_->make_queue();
      device_constants_[buffer.index] = device_->allocate(constant.bytes, "a constant");
      queue->upload(device_constants_[buffer.index], constant.data, constant.bytes);
    }
  }
  if (queue) queue->synchronize();
}

void* Engine::constant(uint32_t number, uint32_t place) const {
  if (place == TGC_PLACE_CUDA) return device_constants_[number];
  return const_cast<unsigned char*>(plan_.constants()[number].data);
}

namespace {

// A name of the open file that no dlopen of this process has had: the separators before the number
// spell 64 random bits. dlopen keeps all names under which a library was asked for and does not
// look again at what they stand for, so that "/proc/self/fd/7" could give what was number 7 before.
// Two bundles may bring two copies of this runtime, so a count would not do.
std::string fresh_name(int file) {
  uint64_t bits = 0;
  if (getrandom(&bits, sizeof bits, 0) != sizeof bits) {
    fail(TGC_ERROR_ENVIRONMENT, std::string("no random numbers: ") + std::strerror(errno));
  }
  std::string name = "/proc/self/fd/";
  for (int i = 0; i < 64; ++i) name += (bits >> i) % 2 == 1 ? "./" : "/";
  return name + std::to_string(file);
}

}  // namespace

// By an open file: under a path that is loaded already, dlopen would give the library that was
// there before the bundle was compiled anew.
void Engine::open_library(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) fail(TGC_ERROR_BUNDLE, "cannot load: " + path + ": " + std::strerror(errno));
  const std::string name = fresh_name(file);
  library_ = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  std::string reason = library_ == nullptr ? dlerror() : "";
  close(file);
  if (library_ != nullptr) return;
  if (const size_t at = reason.find(name); at != std::string::npos) {
    reason.replace(at, name.size(), path);
  }
  fail(TGC_ERROR_ENVIRONMENT, "cannot load: " + reason);
}

void Engine::load_code() {
  bool needs_code = false;
  uint32_t largest = 0;
  for (const FunctionEntry& function : functions_) {
    for (const auto& step : function.program->steps) {
      if (step.kind != TGC_STEP_KERNEL || step.place != TGC_PLACE_HOST) continue;
      needs_code = true;
      for (uint32_t i = 0; i < step.variant_count; ++i) {
        largest = std::max(largest, function.program->variants[step.variants + i].kernel);
      }
    }
  }
  if (!needs_code) return;
  const std::string path = bundle_file(path_, "lib" + plan_.name() + ".so");
  if (!has_digest(plan_.header().code_sha256)) {
    fail(TGC_ERROR_BUNDLE, "bundle " + plan_.name() + " has host steps but no CPU code");
  }
  if (settings_.check_digests) check_digest(path, plan_.header().code_sha256);
  open_library(path);
  const std::string symbol = "tgc_code_" + identifier(plan_.name());
  const auto* table = static_cast<const tgc_cpu_table*>(dlsym(library_, symbol.c_str()));
  if (table == nullptr || table->version != TGC_CODE_VERSION) {
    fail(TGC_ERROR_BUNDLE,
         path + " holds no kernel table of version " + std::to_string(TGC_CODE_VERSION));
  }
  std::string offered;
  for (uint32_t i = 0; i < table->level_count; ++i) {  // best last
    const tgc_cpu_level& level = table->levels[i];
    offered += (offered.empty() ? "" : ", ") + level_text(level);
    if (!processor_has(level)) continue;
    kernels_ = level.kernels;
  }
  if (kernels_ == nullptr) {
    fail(TGC_ERROR_ENVIRONMENT,
         "this processor has none of the instruction sets the bundle was "
         "compiled for (" +
             offered + ")");
  }
  if (largest >= table->kernel_count) fail(TGC_ERROR_BUNDLE, path + " has too few kernels");
}

const FunctionEntry& Engine::function(uint32_t number) const {
  if (number >= functions_.size()) {
    if (number == UINT32_MAX) {  // tgc_function_find's answer, handed on
      fail(TGC_ERROR_ARGUMENT, "the bundle has no function of the name that was asked for");
    }
    fail(TGC_ERROR_ARGUMENT, "there is no function number " + std::to_string(number) +
                                 "; the bundle has " + std::to_string(functions_.size()));
  }
  return functions_[number];
}

}  // namespace tgc::runtime
