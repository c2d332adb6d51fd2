// SPDX-License-Identifier: Apache-2.0
// Holds every rewrite that tgc says it has to its name: on the graphs of its cases it alone changes
// what it should and leaves the rest, under fast_run it fires unless it is excluded, and values
// stay. TGC_UPDATE_GOLDENS=1 writes the printed sections; TGC_PASS=NAME looks at the cases of one
// name.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>

#include "graph/printer.h"
#include "helpers/golden/golden_case.h"
#include "interp/interpreter.h"
#include "json/model_reader.h"
#include "passes/pass_case.h"
#include "passes/pass_manager.h"
#include "passes/pass_runs.h"
#include "passes/rewrite_names.h"
#include "support/file.h"
#include "support/text.h"

namespace tgc {
namespace {

const std::string kFolder = TGC_PASS_CASES_FOLDER;

// Names that work but change no graph by themselves.
const std::map<std::string, std::string> kNoRewrites = {
    {"add_destroy_handler", "a permission, which in-place rewrites ask for"},
    {"gpua_assert_no_cpu_op", "a report of what stayed on the host"},
};

const PassRow& row_of(const std::string& name) {
  static const std::vector<PassRow> rows = pass_rows();
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](const PassRow& row) { return row.name == name; });
  INFO(name << " is no name of Theano's");
  REQUIRE(found != rows.end());
  return *found;
}

// A database fires by its members, which have the cases.
bool needs_cases(const PassRow& row) {
  const bool is_database = row.status == "works" && find_pass(row.name) == nullptr;
  const bool is_removed = find_rewrite(row.name)->is_removed();
  const bool is_claimed = row.status == "works" || row.status == "done_by";
  return is_claimed && !is_database && !is_removed && !kNoRewrites.contains(row.name);
}

struct CaseFile {
  std::string name;
  std::string path;
};

std::vector<CaseFile> case_files() {
  const char* only = std::getenv("TGC_PASS");
  std::vector<CaseFile> files;
  std::error_code error;
  const auto names = list_folder(kFolder, error);
  REQUIRE(names);
  for (const std::string& name : *names) {
    const std::string folder = join_path(kFolder, name);
    const auto facts = file_facts(folder);
    if (!facts || !facts->is_folder || (only != nullptr && name != only)) continue;
    const auto cases = list_folder(folder, error);
    REQUIRE(cases);
    for (const std::string& file : *cases) {
      INFO(folder << "/" << file);
      CHECK(file.ends_with(".txt"));
      files.push_back({name, join_path(folder, file)});
    }
  }
  return files;
}

// What is known of a name's cases.
struct Shown {
  bool positive = false;
  bool negative = false;
};
using ShownNames = std::map<std::string, Shown>;

class CaseCheck {
 public:
  CaseCheck(const PassCase& of, const Model& model)
      : of_(of), model_(model), function_(model.functions.at(0)) {
    const PassRow& row = row_of(of.rewrite);
    doer_ = row.status == "done_by" ? row.note : of.rewrite;
    is_inexact_ = std::find(row.tags.begin(), row.tags.end(), "inexact") != row.tags.end();
  }

  // The written sections as they come out now.
  std::string run() {
    base_ = run_of(alone_options(of_, {}));
    alone_ = run_of(alone_options(of_, {doer_}));
    fast_run_ = run_of(fast_run_options(of_, {}));
    without_ = run_of(fast_run_options(of_, {of_.rewrite}));
    const std::string text = graph_text(alone_.function.graph);
    is_positive_ = text != graph_text(base_.function.graph);
    CHECK(is_positive_ == alone_.has_fired(doer_));
    CHECK_FALSE(without_.has_fired(of_.rewrite));
    if (is_positive_) {
      check_fast_run();
    } else {
      CHECK_FALSE(fast_run_.has_fired(of_.rewrite));
    }
    if (is_inexact_) CHECK_FALSE(run_of(fast_run_options(of_, {"inexact"})).has_fired(doer_));
    check_values();
    return written_sections(of_.rewrite, is_positive_ ? text : "unchanged\n", fast_run_.fired,
                            without_.fired);
  }

  [[nodiscard]] bool is_positive() const { return is_positive_; }

 private:
  PassRun run_of(const PipelineOptions& options) const {
    PassRun run = run_passes(function_, options);
    CHECK(run.problem == "");
    return run;
  }

  // Either the name fires, or one of those that the case names takes the pattern first.
  void check_fast_run() {
    const bool fires = fast_run_.has_fired(doer_);
    if (!fires) {
      INFO(of_.rewrite << " does not fire under fast_run; 'taken by' must name what does");
      CHECK(another_fires(fast_run_));
    }
    if (doer_ != of_.rewrite) {
      INFO("excluding " << of_.rewrite << " must switch this case of " << doer_ << " off");
      CHECK_FALSE(without_.has_fired(doer_));
      return;
    }
    if (is_pattern_left() || !fires) return;
    INFO("without " << of_.rewrite << " the pattern is gone; 'taken by' must name what takes it");
    CHECK(another_fires(without_));
  }

  [[nodiscard]] bool another_fires(const PassRun& run) const {
    return std::any_of(of_.taken_by.begin(), of_.taken_by.end(),
                       [&](const std::string& other) { return run.has_fired(other); });
  }

  // Whether the name still finds something to do where fast_run has gone without it. What only
  // hides patterns, fusion and in-place marks, is left out.
  [[nodiscard]] bool is_pattern_left() const {
    PipelineOptions options = fast_run_options(of_, {of_.rewrite, "fusion", "inplace"});
    const PassRun plain = run_of(options);
    options = alone_options(of_, {of_.rewrite});
    return run_passes(plain.function, options).has_fired(of_.rewrite);
  }

  void check_values() {
    for (const Sizes sizes : {Sizes::usual, Sizes::ones, Sizes::zeros}) {
      compare(random_inputs(of_, model_, function_, sizes, false), sizes == Sizes::usual, false);
    }
    if (is_inexact_) return;
    compare(random_inputs(of_, model_, function_, Sizes::usual, true), false, true);
  }

  // Inputs that the plain graph refuses tell nothing, but the usual ones must be taken.
  void compare(const std::vector<Tensor>& inputs, bool must_work, bool exact) {
    const Graph& plain = exact ? base_.function.graph : function_.graph;
    const EvaluateResult wanted = evaluate(plain, inputs, model_.dims);
    if (must_work) CHECK(wanted.failure == "");
    if (!wanted.failure.empty()) return;
    check_same("alone", alone_, inputs, wanted, exact);
    if (exact) return;
    check_same("under fast_run", fast_run_, inputs, wanted, false);
    check_same("under fast_run without it", without_, inputs, wanted, false);
  }

  void check_same(const char* which, const PassRun& run, const std::vector<Tensor>& inputs,
                  const EvaluateResult& wanted, bool exact) {
    const EvaluateResult got = evaluate(run.function.graph, inputs, model_.dims);
    std::string text;
    for (const Tensor& input : inputs) text += " " + tensor_text(input);
    INFO(of_.rewrite << " " << which << (exact ? ", special numbers" : "") << ", inputs" << text);
    CHECK(got.failure == "");
    if (!got.failure.empty()) return;
    CHECK(value_difference(wanted.outputs, got.outputs, of_.tolerance, exact) == "");
  }

  const PassCase& of_;
  const Model& model_;
  const Function& function_;
  std::string doer_;  // the name that does the work of the case's
  bool is_inexact_ = false;
  PassRun base_;
  PassRun alone_;
  PassRun fast_run_;
  PassRun without_;
  bool is_positive_ = false;
};

void check_case(const CaseFile& file, ShownNames& shown) {
  INFO(file.path);
  std::error_code read_error;
  const auto text = read_file(file.path, read_error);
  REQUIRE(text);
  std::string error;
  const auto parsed = parse_pass_case(file.name, *text, error);
  INFO(error);
  CHECK(parsed);
  if (!parsed) return;
  Diagnostics diagnostics;
  ReadOptions options;
  options.float_x = DType::float32;
  const auto model = read_model_text(file.path, parsed->graph, options, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics.all()) FAIL_CHECK(diagnostic.message);
  if (!model) return;
  CaseCheck check(*parsed, *model);
  const std::string written = check.run();
  (check.is_positive() ? shown[file.name].positive : shown[file.name].negative) = true;
  if (std::getenv("TGC_UPDATE_GOLDENS") != nullptr) {
    CHECK_FALSE(write_file_if_changed(file.path, parsed->head + written).error);
    return;
  }
  const std::string difference =
      written == parsed->written ? "" : golden::line_diff(parsed->written, written);
  CHECK(difference == "");
}

TEST_CASE("each rewrite does on its cases what they show") {
  ShownNames shown;
  for (const CaseFile& file : case_files()) check_case(file, shown);
  for (const auto& [name, kinds] : shown) {
    INFO(name);
    CHECK(kinds.positive);
    CHECK((kinds.negative || row_of(name).status == "done_by"));
  }
}

TEST_CASE("each rewrite has cases or stands in without_cases.txt") {
  if (std::getenv("TGC_PASS") != nullptr) return;
  std::error_code error;
  const auto text = read_file(join_path(kFolder, "without_cases.txt"), error);
  REQUIRE(text);
  std::vector<std::string> listed;
  for (const std::string& line : split(*text, '\n')) {
    if (!line.empty() && !line.starts_with("#")) listed.push_back(line);
  }
  CHECK(std::is_sorted(listed.begin(), listed.end()));
  std::vector<std::string> with_cases;
  for (const CaseFile& file : case_files()) with_cases.push_back(file.name);
  const auto contains = [](const std::vector<std::string>& list, const std::string& name) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  for (const std::string& name : listed) {
    INFO(name << " stands in without_cases.txt");
    CHECK(needs_cases(row_of(name)));
    CHECK_FALSE(contains(with_cases, name));
  }
  for (const PassRow& row : pass_rows()) {
    INFO(row.name << " has no case");
    CHECK((!needs_cases(row) || contains(with_cases, row.name) || contains(listed, row.name)));
  }
  for (const std::string& name : with_cases) {
    INFO(name << " has a case though it is " << row_of(name).status);
    CHECK(needs_cases(row_of(name)));
  }
}

}  // namespace
}  // namespace tgc
