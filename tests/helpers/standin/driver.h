// SPDX-License-Identifier: Apache-2.0
// The stand-in driver's state: one device with its memory, streams that do their work only when
// somebody waits, and the library of emulated kernels. cuda_api.cpp holds the functions over it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "helpers/standin/device_memory.h"
#include "helpers/standin/settings.h"

namespace tgc::standin {

// Numbers of CUDA's driver API (CUresult).
enum Result : int {
  kSuccess = 0,
  kInvalidValue = 1,
  kOutOfMemory = 2,
  kNotInitialized = 3,
  kDeviceUnavailable = 46,
  kNoDevice = 100,
  kInvalidDevice = 101,
  kInvalidImage = 200,
  kInvalidContext = 201,
  kNoBinary = 209,
  kUnsupportedPtx = 222,
  kInvalidHandle = 400,
  kNotFound = 500,
  kNotReady = 600,
  kIllegalAddress = 700,
  kLaunchOutOfResources = 701,
  kLaunchFailed = 719,
  kDriverMismatch = 803,
};

struct Function {
  std::string name;
  tgc_emulated_entry entry = nullptr;
  std::string parameters;  // as NAME__parameters tells them
  size_t most_shared = 48 << 10;
};
struct Module {
  std::string file;  // it was mapped from, without folder and ending; "": none
  std::vector<std::unique_ptr<Function>> functions;
};
struct Geometry {
  unsigned grid[3];
  unsigned block[3];
  size_t shared_bytes;
};
// Work in the order it was given, done when somebody waits: as late as on a slow GPU.
struct Stream {
  std::vector<std::function<Result()>> work;
};
// When the stream got to it, on the host's clock.
struct Event {
  bool is_recorded = false;
  double milliseconds = 0;
};

class Driver {
 public:
  explicit Driver(Settings chosen);
  ~Driver();
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  const Settings settings;
  DeviceMemory memory;
  std::set<Stream*> streams;
  std::set<Module*> modules;
  std::set<Event*> events;
  std::map<void*, size_t> pinned;  // host memory: place and bytes
  int retained = 0;                // how often the primary context is held

  // Counts the occasions of a failure: true where this one is to fail. Where the settings give no
  // number it is `usual`, 0 for all.
  bool is_due(Failure failure, int usual);
  [[nodiscard]] bool is_pinned(const void* place) const;

  // Adds a line to a log; "": nowhere.
  static void note(const std::string& path, const std::string& line);
  // Keeps the details for error_text() and returns `result`.
  Result fail(Result result, const std::string& details);
  // The same for what makes a context useless: every later call returns it too.
  Result fail_for_good(Result result, const std::string& details);
  [[nodiscard]] Result state() const { return lasting_; }
  // CUDA's words, and what the stand-in knows of the last failure.
  [[nodiscard]] const char* error_text(int result);

  void note_traffic(const std::string& what, size_t bytes) const {
    note(settings.traffic, what + " " + std::to_string(bytes));
  }

  Result finish(Stream& stream);
  Result finish_all();
  // Takes the parameters now, runs the kernel when the stream gets to it.
  Result launch(Stream& stream, const Function& function, const Geometry& geometry, void** args);
  // The kernel of this name in the library of emulated kernels.
  Result find_kernel(const Module& module, const std::string& name, Function& function);

 private:
  Result translate(const Function& function, std::vector<uint64_t>& values);
  Result run(const Function& function, const Geometry& geometry, std::vector<uint64_t> values);
  void note_launch(const Function& function, const Geometry& geometry) const;
  void note_load(const Function& function) const;

  struct Library {
    std::string file;
    void* handle;
  };
  std::vector<Library> libraries_;
  int occasions_ = 0;
  Result lasting_ = kSuccess;
  Result last_ = kSuccess;
  std::string details_;
  std::string text_;
};

// "digits" of memory mapped from /somewhere/digits.fatbin; "" of other memory.
std::string mapped_file(const void* memory);
std::string file_stem(const std::string& path);

// CUDA's name and words for a result.
struct ResultText {
  const char* name;
  const char* text;
};
ResultText text_of(int result);

}  // namespace tgc::standin
