// SPDX-License-Identifier: Apache-2.0
// The loaded bundle: plan, CPU code for this processor, device. Immutable after construction.
#pragma once
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "device.h"
#include "mapped_file.h"
#include "plan_file.h"
#include "settings.h"
#include "tgc/runtime.h"

namespace tgc::runtime {

// A function as the caller sees it; its program is the one for the engine's device.
struct FunctionEntry {
  const Program* program = nullptr;
  std::string name;
  std::vector<std::string> input_names;
  std::vector<std::string> output_names;
};

class Engine {
 public:
  Engine(const std::string& path, const Settings& settings);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  [[nodiscard]] const PlanFile& plan() const { return plan_; }
  [[nodiscard]] const Settings& settings() const { return settings_; }
  [[nodiscard]] const std::vector<FunctionEntry>& functions() const { return functions_; }
  [[nodiscard]] const FunctionEntry& function(uint32_t number) const;  // fails with ARGUMENT
  [[nodiscard]] const MappedFile& weights() const { return weights_; }
  [[nodiscard]] tgc_cpu_kernel kernel(uint32_t number) const { return kernels_[number]; }
  [[nodiscard]] Device* device() const { return device_.get(); }  // null on the CPU
  // A constant's elements at TGC_PLACE_HOST or TGC_PLACE_CUDA.
  [[nodiscard]] void* constant(uint32_t number, uint32_t place) const;
  [[nodiscard]] const std::string& device_name() const { return device_name_; }

 private:
  void open_library(const std::string& path);
  void load_code();
  void load_functions();
  void load_constants();
  void release_constants() noexcept;

  std::string path_;
  Settings settings_;
  PlanFile plan_;
  MappedFile weights_;
  void* library_ = nullptr;
  const tgc_cpu_kernel* kernels_ = nullptr;
  std::unique_ptr<Device> device_;
  std::vector<void*> device_constants_;   // null where no program wants it on the device
  std::unique_ptr<Device> ready_device_;  // init_gpu_device: open, but nothing runs there
  std::string device_name_ = "cpu";
  std::vector<FunctionEntry> functions_;
};

std::string bundle_file(const std::string& folder, const std::string& name);
// The one file in the folder with this ending: "NAME.plan". Fails with BUNDLE.
std::string find_plan(const std::string& folder);

}  // namespace tgc::runtime

// The C API's handle: counted, so that states and contexts keep their engine alive.
struct tgc_engine {
  explicit tgc_engine(const std::string& path, const tgc::runtime::Settings& settings)
      : engine(path, settings) {}
  tgc::runtime::Engine engine;
  std::atomic<int> references{1};
};
