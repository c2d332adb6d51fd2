// SPDX-License-Identifier: Apache-2.0
// Random graphs: interpreted = compiled for the CPU = compiled for CUDA and emulated, values,
// gradients and updates, with every optimizer. Graphs come from the op registry (generate.h), many
// in one compilation; what must be equal, and how exactly, is reference.h. On demand:
//   random_test --seeds 1000:20000              # 20000 graphs, for the CPU
//   random_test --seeds 7:1 --cuda --shrink     # one graph, on both, and made small when wrong
// Other options: --batch N graphs a compilation, --jobs N, --nodes N, --optimizers a,b,
// --flags a=b, --print (the graphs as JSON, without running them), --all-ops (fail unless every op
// was drawn), --quick (the compiler of the generated code optimizes one batch in ten only).
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <set>

#include "e2e/random/families.h"
#include "e2e/random/process.h"
#include "e2e/random/shrink.h"
#include "support/text.h"

namespace tgc {
namespace {

struct Settings {
  uint64_t first = 0;
  uint64_t count = 100;
  size_t batch = 25;
  size_t jobs = 2;
  bool is_shrinking = false;
  bool is_printing = false;
  bool wants_all_ops = false;
  bool is_quick = false;
  size_t most_findings = 20;
  std::vector<std::string> rotation;  // of the second optimizer; empty: what `trial` says
  GenerateOptions generate;
  TrialOptions trial;
};

bool fail(const std::string& message) {
  std::fprintf(stderr, "random_test: %s\n", message.c_str());
  return false;
}

bool read_value(const std::string& name, const std::string& value, Settings& settings) {
  if (name == "--seeds") {
    const std::vector<std::string> parts = split(value, ':');
    settings.first = std::stoull(parts.at(0));
    settings.count = parts.size() > 1 ? std::stoull(parts[1]) : 1;
  } else if (name == "--batch") {
    settings.batch = std::stoull(value);
  } else if (name == "--jobs") {
    settings.jobs = std::stoull(value);
  } else if (name == "--nodes") {
    settings.generate.nodes = std::stoi(value);
  } else if (name == "--optimizers") {
    settings.trial.optimizers = split(value, ',');
    settings.rotation.clear();
  } else if (name == "--flags") {
    const std::vector<std::string> flags = split(value, ',');
    settings.trial.flags.insert(settings.trial.flags.end(), flags.begin(), flags.end());
  } else if (name == "--findings") {
    settings.most_findings = std::stoull(value);
  } else {
    return fail("unknown option " + name);
  }
  return true;
}

bool read_settings(int count, char** arguments, Settings& settings) {
  settings.rotation = {"fast_compile", "None"};
  for (int i = 1; i < count; ++i) {
    const std::string name = arguments[i];
    if (name == "--shrink") {
      settings.is_shrinking = true;
    } else if (name == "--cuda") {
      settings.trial.is_cuda = true;
      settings.generate.is_small = true;
    } else if (name == "--print") {
      settings.is_printing = true;
    } else if (name == "--strict") {
      settings.generate.is_wild = settings.trial.is_strict = true;
      settings.trial.flags.push_back("strict_float=True");
    } else if (name == "--quick") {
      settings.is_quick = true;
    } else if (name == "--all-ops") {
      settings.wants_all_ops = true;
    } else if (i + 1 == count) {
      return fail(name + " needs a value");
    } else if (!read_value(name, arguments[++i], settings)) {
      return false;
    }
  }
  return true;
}

class Campaign {
 public:
  explicit Campaign(const Settings& settings) : settings_(settings) {}

  bool run() {
    std::deque<TrialProcess> running;
    uint64_t next = settings_.first;
    const uint64_t end = settings_.first + settings_.count;
    while (next < end || !running.empty()) {
      const bool is_full = running.size() >= settings_.jobs;
      if (next < end && !is_full && found_ < settings_.most_findings) {
        const uint64_t stop = std::min<uint64_t>(end, next + settings_.batch);
        Batch batch = make_batch(next, stop);
        const bool is_run = !batch.sketches.empty() && !settings_.is_printing;
        if (is_run) running.emplace_back(std::move(batch));
        next = stop;
      } else if (!running.empty()) {
        take(running.front().batch(), running.front().wait());
        running.pop_front();
      } else {
        break;
      }
    }
    return tell();
  }

 private:
  Batch make_batch(uint64_t first, uint64_t stop) {
    Batch batch;
    for (uint64_t seed = first; seed < stop; ++seed) {
      try {
        batch.sketches.push_back(generate(seed, settings_.generate));
      } catch (const std::exception& error) {
        tell_finding(batch, {seed, "generating", error.what()});
        continue;
      }
      const Sketch& sketch = batch.sketches.back();
      for (const SketchNode& node : sketch.nodes) note_ops(node);
      if (settings_.is_printing) std::printf("%s", reproduction(sketch).c_str());
    }
    batch.options = settings_.trial;
    const uint64_t number = first / settings_.batch;
    if (settings_.is_quick && number % 10 != 0) batch.options.flags.push_back("gcc.cxxflags=-O0");
    if (!settings_.rotation.empty()) {
      batch.options.optimizers.push_back(settings_.rotation[number % settings_.rotation.size()]);
    }
    return batch;
  }

  void note_ops(const SketchNode& node) {
    ++ops_[node.op];
    ++nodes_;
  }

  void take(const Batch& batch, const BatchResult& result) {
    if (result.is_crashed) return take_crash(batch, result);
    const TrialResult& trial = result.trial;
    totals_.calls += trial.calls;
    totals_.failing_calls += trial.failing_calls;
    totals_.doubtful_calls += trial.doubtful_calls;
    totals_.compared += trial.compared;
    totals_.skipped += trial.skipped;
    const bool is_common =
        std::any_of(trial.findings.begin(), trial.findings.end(),
                    [](const Finding& one) { return one.where.find("call") == std::string::npos; });
    if (is_common && batch.sketches.size() > 1) return take_one_by_one(batch);
    std::set<uint64_t> told;
    for (const Finding& finding : trial.findings) {
      if (told.insert(finding.seed).second) tell_finding(batch, finding);
    }
  }

  void take_crash(const Batch& batch, const BatchResult& result) {
    if (batch.sketches.size() > 1) return take_one_by_one(batch);
    tell_finding(batch, {batch.sketches[0].seed, "crash", result.crash});
  }

  void take_one_by_one(const Batch& batch) {
    for (const Sketch& sketch : batch.sketches) {
      Batch one{{sketch}, batch.options};
      take(one, run_apart(one));
    }
  }

  void tell_finding(const Batch& batch, const Finding& finding) {
    ++found_;
    std::printf("seed %llu: %s: %s\n", static_cast<unsigned long long>(finding.seed),
                finding.where.c_str(), finding.text.c_str());
    std::fflush(stdout);
    if (!settings_.is_shrinking) return;
    for (const Sketch& sketch : batch.sketches) {
      if (sketch.seed != finding.seed) continue;
      TrialOptions options = batch.options;
      options.optimizers = {finding.where.substr(0, finding.where.find(','))};
      const bool is_optimizer = options.optimizers[0].find(' ') == std::string::npos &&
                                finding.where.find(',') != std::string::npos;
      if (!is_optimizer) options.optimizers = batch.options.optimizers;
      if (finding.where.find("cuda") == std::string::npos) options.is_cuda = false;
      const Sketch small = shrink(sketch, [&](const Sketch& candidate) {
        return is_still_wrong(candidate, options, finding);
      });
      std::printf("%s", reproduction(small).c_str());
      std::fflush(stdout);
    }
  }

  static bool is_still_wrong(const Sketch& sketch, const TrialOptions& options,
                             const Finding& finding) {
    const BatchResult result = run_apart({{sketch}, options});
    if (result.is_crashed) return true;
    return std::any_of(result.trial.findings.begin(), result.trial.findings.end(),
                       [&](const Finding& one) {
                         return (one.where == "reading") == (finding.where == "reading");
                       });
  }

  bool tell() const {
    std::string missing;
    for (const OpDef* op : drawn_ops()) {
      const std::string name(op->name);
      if (ops_.count(name) == 0) missing += " " + name;
    }
    const double share =
        static_cast<double>(totals_.skipped) /
        static_cast<double>(std::max<int64_t>(totals_.compared + totals_.skipped, 1));
    std::printf(
        "%llu graphs, %lld nodes of %zu ops; %lld calls, of which %lld had to fail and %lld were "
        "not judged; %lld elements compared, %.1f%% left out; %zu graphs are wrong\n",
        static_cast<unsigned long long>(settings_.count), static_cast<long long>(nodes_),
        ops_.size(), static_cast<long long>(totals_.calls),
        static_cast<long long>(totals_.failing_calls),
        static_cast<long long>(totals_.doubtful_calls), static_cast<long long>(totals_.compared),
        100 * share, found_);
    bool is_good = found_ == 0;
    if (settings_.wants_all_ops && !missing.empty()) is_good = fail("never drawn:" + missing);
    if (share > 0.2) is_good = fail("too much is left out");
    return is_good;
  }

  const Settings& settings_;
  std::map<std::string, int64_t> ops_;
  int64_t nodes_ = 0;
  TrialResult totals_;
  size_t found_ = 0;
};

}  // namespace
}  // namespace tgc

int main(int count, char** arguments) {
  tgc::Settings settings;
  try {
    if (!tgc::read_settings(count, arguments, settings)) return 2;
    return tgc::Campaign(settings).run() ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "random_test: %s\n", error.what());
    return 2;
  }
}
