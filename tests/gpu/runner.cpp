// SPDX-License-Identifier: Apache-2.0
// runner probe | machine | kernels | bundles | times | report
// What the battery runs where there is a GPU. Options: runner.h; `report RECORDS JSON MARKDOWN`.
#include "gpu/runner.h"

#include <ctime>
#include <iostream>
#include <iterator>

#include "cuda/gpu.h"
#include "failure.h"

namespace tgc::gpu {
namespace {

using runtime::Gpu;

int usage() {
  std::cerr << "usage: runner probe|machine|kernels|bundles|times [--folder F] [--records FILE]"
               " [--repeat N] [--budget SECONDS] [--every N] [--from N] [--bare] [--small]\n"
               "       runner report RECORDS OUT.json OUT.md\n";
  return 2;
}

bool parse(int argc, char** argv, RunOptions& options) {
  for (int i = 2; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--bare") {
      options.is_bare = true;
    } else if (name == "--small") {
      options.is_small = true;
    } else if (i + 1 == argc) {
      return false;
    } else if (name == "--folder") {
      options.folder = argv[++i];
    } else if (name == "--records") {
      options.records = argv[++i];
    } else if (name == "--repeat") {
      options.repeats = std::max(1, std::atoi(argv[++i]));
    } else if (name == "--budget") {
      options.budget = std::atof(argv[++i]);
    } else if (name == "--every") {
      options.every = std::max<size_t>(1, std::strtoul(argv[++i], nullptr, 10));
    } else if (name == "--from") {
      options.from = std::strtoul(argv[++i], nullptr, 10);
    } else {
      return false;
    }
  }
  return true;
}

int report(const char* records, const char* json, const char* markdown) {
  const std::vector<Record> all = parse_records(read_whole_file(records));
  std::ofstream(json) << report_json(all);
  std::ofstream out(markdown);
  out << report_markdown(all);
  return out.flush() ? 0 : 3;
}

std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

int run_part(const std::string& part, const RunOptions& options) {
  if (part == "machine") return describe_machine(options);
  if (part == "kernels") return run_kernels(options);
  if (part == "bundles") return run_bundles(options);
  if (part == "times") return run_times(options);
  return usage();
}

}  // namespace

Session::Session(const RunOptions& options)
    : options_(options), begin_(std::chrono::steady_clock::now()) {
  if (!options.records.empty()) file_.open(options.records, std::ios::app);
}

void Session::add(const Record& record) {
  const std::string line = record_line(record);
  std::cout << line << std::flush;
  if (file_.is_open()) file_ << line << std::flush;
}

double Session::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
}

bool Session::is_over_budget() const {
  return seconds() > options_.budget;
}

std::string read_whole_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

int probe() {
  try {
    const auto gpu = Gpu::open("cuda0", 0);
    std::cout << gpu->name() << " " << gpu->architecture_text() << "\n";
    return 0;
  } catch (const runtime::Failure& failure) {
    std::cout << "skipped: " << failure.message << "\n";
    return 77;
  }
}

int describe_machine(const RunOptions& options) {
  Session session(options);
  const auto gpu = Gpu::open("cuda0", 0);
  char name[256] = "";
  gpu->api().device_name(name, sizeof name, 0);
  int driver = 0;
  gpu->api().driver_version(&driver);
  size_t free_bytes = 0;
  size_t total = 0;
  {
    const runtime::Current current(*gpu);
    gpu->api().memory_info(&free_bytes, &total);
  }
  char date[32] = "";
  const std::time_t now = std::time(nullptr);
  std::strftime(date, sizeof date, "%Y-%m-%d %H:%M UTC", std::gmtime(&now));
  session.add({"machine", "date", "", date, "", ""});
  session.add({"machine", "device", "", name, "", gpu->architecture_text()});
  session.add({"machine", "CUDA of the driver", "", version_text(driver), "", ""});
  session.add({"machine", "memory", "", std::to_string(total >> 20), "MB",
               std::to_string(free_bytes >> 20) + " MB free"});
  // CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, …_CLOCK_RATE and …_MEMORY_CLOCK_RATE (kHz)
  session.add({"machine", "multiprocessors", "", std::to_string(gpu->attribute(16)), "", ""});
  session.add({"machine", "clocks at most", "", std::to_string(gpu->attribute(13) / 1000), "MHz",
               "memory " + std::to_string(gpu->attribute(36) / 1000) + " MHz"});
  return 0;
}

}  // namespace tgc::gpu

int main(int argc, char** argv) {
  using namespace tgc::gpu;
  const std::string part = argc > 1 ? argv[1] : "";
  RunOptions options;
  try {
    if (part == "probe" && argc == 2) return probe();
    if (part == "report" && argc == 5) return report(argv[2], argv[3], argv[4]);
    if (!parse(argc, argv, options)) return usage();
    return run_part(part, options);
  } catch (const tgc::runtime::Failure& failure) {
    std::cerr << "runner: " << failure.message << "\n";
  } catch (const std::exception& error) {
    std::cerr << "runner: " << error.what() << "\n";
  }
  return 3;
}
