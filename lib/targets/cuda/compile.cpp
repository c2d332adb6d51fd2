// SPDX-License-Identifier: Apache-2.0
// See compile.h.
#include "targets/cuda/compile.h"

#include <algorithm>
#include <atomic>
#include <ctime>
#include <mutex>
#include <thread>
#include <utility>

#include "support/file.h"
#include "support/process.h"
#include "support/text.h"

namespace tgc {
namespace {

// Of this thread; NVRTC compiles in the thread that asks.
double core_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

std::vector<std::string> all_flags(const Nvrtc& nvrtc, const CudaCompileOptions& options) {
  std::vector<std::string> flags = default_nvrtc_flags(nvrtc.facts());
  flags.insert(flags.end(), options.flags.begin(), options.flags.end());
  return flags;
}

// Of what all images of a run depend on.
std::string common_digest(const Nvrtc& nvrtc, const CudaCompileOptions& options) {
  const std::vector<std::string> flags = all_flags(nvrtc, options);
  std::vector<std::string> parts = {nvrtc.facts().version_text(), nvrtc.facts().identity,
                                    std::to_string(flags.size())};
  parts.insert(parts.end(), flags.begin(), flags.end());
  for (const auto& [name, text] : options.headers) {
    parts.push_back(name);
    parts.push_back(text_without_comments(text));
  }
  return blob_key("cuda", parts).digest;
}

class Compilation {
 public:
  Compilation(const std::vector<CudaUnit>& units, const std::vector<CudaArchitecture>& targets,
              const Nvrtc& nvrtc, const CudaCompileOptions& options, const BlobStore& store)
      : units_(units), nvrtc_(nvrtc), options_(options), store_(store) {
    flags_ = all_flags(nvrtc, options);
    keys_ = cuda_image_keys(units, targets, nvrtc, options);
    for (size_t unit = 0; unit < units.size(); ++unit) {
      for (const CudaArchitecture& target : targets) {
        images.push_back({unit, target, "", false, 0});
      }
    }
    logs.resize(images.size());
  }

  void run() {
    // The longest texts first, so that no thread is left alone with one at the end.
    std::vector<size_t> order(images.size());
    for (size_t i = 0; i < order.size(); ++i) {
      order[i] = i;
    }
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return units_[images[a].unit].text.size() > units_[images[b].unit].text.size();
    });
    std::atomic<size_t> next{0};
    const auto work = [&] {
      for (size_t i = next++; i < order.size(); i = next++) {
        compile(order[i]);
        report(order[i]);
      }
    };
    const auto wanted =
        static_cast<size_t>(options_.threads > 0 ? options_.threads : available_cores());
    std::vector<std::thread> threads;
    for (size_t i = 1; i < std::min(wanted, images.size()); ++i) {
      threads.emplace_back(work);
    }
    work();
    for (std::thread& thread : threads) {
      thread.join();
    }
  }

  std::vector<CudaImage> images;
  std::vector<std::string> logs;  // of the images that could not be compiled, else ""

 private:
  void compile(size_t index) {
    CudaImage& image = images[index];
    const CudaUnit& unit = units_[image.unit];
    const double start = core_seconds();
    if (auto found = store_.find(keys_[index])) {
      image.code = std::move(*found);
      image.from_cache = true;
    } else {
      NvrtcResult result = nvrtc_.compile(unit.text, unit.name + ".cu", image.architecture,
                                          options_.headers, flags_);
      if (result.ok) {
        image.code = std::move(result.code);
        store_.keep(keys_[index], image.code);
      } else {
        logs[index] = result.log.empty() ? "no message" : std::move(result.log);
      }
    }
    image.core_seconds = core_seconds() - start;
  }

  void report(size_t index) {
    const std::lock_guard lock(progress_mutex_);
    ++progress_.done;
    progress_.total = images.size();
    progress_.from_cache += images[index].from_cache ? 1 : 0;
    if (options_.progress) options_.progress(progress_);
  }

  const std::vector<CudaUnit>& units_;
  const Nvrtc& nvrtc_;
  const CudaCompileOptions& options_;
  const BlobStore& store_;
  std::vector<std::string> flags_;
  std::vector<BlobKey> keys_;
  std::mutex progress_mutex_;
  CudaProgress progress_;
};

// Keeps the text if asked to; the note that says where, or why not.
std::string keep_text(const CudaUnit& unit, const std::string& folder) {
  const std::string path = join_path(folder, unit.name + ".cu");
  std::error_code error = make_folders(folder);
  if (!error) error = write_file_atomically(path, unit.text);
  return error ? "its text could not be kept as " + path + ": " + error.message()
               : "its text is kept as " + path;
}

// One error a unit: the first architecture that failed, and how many others did.
void report_failures(const std::vector<CudaUnit>& units, const Compilation& compilation,
                     const CudaCompileOptions& options, Diagnostics& diagnostics) {
  for (size_t unit = 0; unit < units.size(); ++unit) {
    std::vector<std::string> failed;
    std::string log;
    for (size_t i = 0; i < compilation.images.size(); ++i) {
      if (compilation.images[i].unit != unit || compilation.logs[i].empty()) continue;
      if (failed.empty()) log = compilation.logs[i];
      failed.push_back(compilation.images[i].architecture.text());
    }
    if (failed.empty()) continue;
    Diagnostic& error =
        diagnostics.error("cuda-compiler-failed", "NVRTC rejected kernel '" + units[unit].name +
                                                      "' for " + join(failed, ", "));
    if (!units[unit].origins.empty()) {
      error.notes.push_back({"it computes " + join(units[unit].origins, ", "), {}});
    }
    error.notes.push_back({std::string(trim(log)), {}});
    if (!options.keep_folder.empty()) {
      error.notes.push_back({keep_text(units[unit], options.keep_folder), {}});
    }
  }
}

}  // namespace

std::vector<std::string> default_nvrtc_flags(const NvrtcFacts& facts) {
  // generated text may name a counter it does not need, and compare unsigned numbers with zero
  std::vector<std::string> flags = {"-std=c++20", "--diag-suppress=177,186"};
  if (facts.major >= 13) flags.emplace_back("-minimal");
  return flags;
}

std::vector<BlobKey> cuda_image_keys(const std::vector<CudaUnit>& units,
                                     const std::vector<CudaArchitecture>& targets,
                                     const Nvrtc& nvrtc, const CudaCompileOptions& options) {
  const std::string common = common_digest(nvrtc, options);
  std::vector<BlobKey> keys;
  for (const CudaUnit& unit : units) {
    const std::string text = text_without_comments(unit.text);
    for (const CudaArchitecture& target : targets) {
      keys.push_back(blob_key(target.ptx ? "ptx" : "cubin", {common, text, target.text()}));
    }
  }
  return keys;
}

std::optional<std::vector<CudaImage>> compile_cuda(const std::vector<CudaUnit>& units,
                                                   const std::vector<CudaArchitecture>& targets,
                                                   const Nvrtc& nvrtc,
                                                   const CudaCompileOptions& options,
                                                   const BlobStore& store,
                                                   Diagnostics& diagnostics) {
  Compilation compilation(units, targets, nvrtc, options, store);
  compilation.run();
  const bool failed = std::any_of(compilation.logs.begin(), compilation.logs.end(),
                                  [](const std::string& log) { return !log.empty(); });
  if (!failed) return std::move(compilation.images);
  report_failures(units, compilation, options, diagnostics);
  return std::nullopt;
}

}  // namespace tgc
