// SPDX-License-Identifier: Apache-2.0
// See explain_node.h.
#include "tgc/explain_node.h"

#include <algorithm>

#include "json/json_writer.h"
#include "passes/pipeline.h"
#include "passes/rewrite_names.h"
#include "support/text.h"
#include "tgc/node_facts.h"
#include "tgc/table.h"

namespace tgc {
namespace {

using Layout = JsonWriter::Layout;

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string inside(const std::string& where) {
  return where.empty() ? "" : " in " + where;
}

// What goes back to the node, or was done by the rewrite.
NodeFacts chosen(const NodeFacts& facts, const ExplainNodeOptions& options) {
  NodeFacts some;
  const auto is_wanted = [&](const std::vector<std::string>& nodes) {
    return contains(nodes, options.node);
  };
  for (const Touch& touch : facts.touches) {
    const bool is_touched = is_wanted(touch.nodes) || is_wanted(touch.taken_in);
    if (options.pass.empty() ? is_touched : touch.rewrite == options.pass) {
      some.touches.push_back(touch);
    }
  }
  for (const FinalApply& apply : facts.applies) {
    if (options.pass.empty() ? is_wanted(apply.nodes) : contains(apply.rewrites, options.pass)) {
      some.applies.push_back(apply);
    }
  }
  for (const KernelStep& kernel : facts.kernels) {
    if (options.pass.empty() && is_wanted(kernel.nodes)) some.kernels.push_back(kernel);
  }
  return some;
}

std::vector<std::string> functions_of(const NodeFacts& facts) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (!contains(names, name)) names.push_back(name);
  };
  for (const Touch& touch : facts.touches) add(touch.function);
  for (const FinalApply& apply : facts.applies) add(apply.function);
  return names;
}

std::string applies_text(const FinalApply& apply) {
  std::string text = "    " + apply.label + inside(apply.where) + "\n";
  std::vector<std::vector<std::string>> cells = {{"from", join(apply.nodes, ", ")}};
  if (!apply.rewrites.empty()) cells.push_back({"by", join(apply.rewrites, ", ")});
  cells.push_back({"fusion", apply.fusion});
  cells.push_back({"moves", apply.bytes + " bytes"});
  cells.push_back({"computes", apply.flops.empty() ? "unknown" : apply.flops + " flops"});
  return text + table_text(cells, 6);
}

// `node` is "" where a rewrite is explained.
std::string facts_text(const NodeFacts& facts, const std::string& node, const Console& console) {
  std::string text;
  for (const std::string& function : functions_of(facts)) {
    text += console.bold("function " + function) + "\n";
    int number = 0;
    for (const Touch& touch : facts.touches) {
      if (touch.function != function) continue;
      if (number == 0) text += "  rewrites, in order\n";
      const bool is_taken = !node.empty() && !contains(touch.nodes, node);
      text += "    " + std::to_string(++number) + ". " + touch.rewrite + inside(touch.where) +
              (is_taken ? " takes it in: " : ": ") + touch.before + " -> " + touch.after + "\n";
    }
    if (number == 0) text += "  no rewrite replaced it\n";
    text += "  now\n";
    bool is_left = false;
    for (const FinalApply& apply : facts.applies) {
      if (apply.function != function) continue;
      is_left = true;
      text += applies_text(apply);
    }
    if (!is_left) text += "    nothing of its own is left\n";
    std::vector<std::string> kernels;
    for (const KernelStep& kernel : facts.kernels) {
      if (kernel.function == function) kernels.push_back(kernel.kernel);
    }
    if (!kernels.empty()) text += "  kernels  " + join(kernels, ", ") + "\n";
  }
  return text;
}

std::string facts_json(const NodeFacts& facts) {
  JsonWriter json;
  json.begin_object();
  json.begin_array("rewrites");
  for (const Touch& touch : facts.touches) {
    json.begin_object(Layout::line);
    json.member("function", touch.function);
    json.member("inside", touch.where);
    json.member("rewrite", touch.rewrite);
    json.member("before", touch.before);
    json.member("after", touch.after);
    json.array("nodes", touch.nodes);
    json.array("taken_in", touch.taken_in);
    json.end_object();
  }
  json.end_array();
  json.begin_array("now");
  for (const FinalApply& apply : facts.applies) {
    json.begin_object(Layout::line);
    json.member("function", apply.function);
    json.member("inside", apply.where);
    json.member("node", apply.label);
    json.array("nodes", apply.nodes);
    json.array("rewrites", apply.rewrites);
    json.member("fusion", apply.fusion);
    json.member("bytes", apply.bytes);
    json.member("flops", apply.flops);
    json.end_object();
  }
  json.end_array();
  json.begin_array("kernels");
  for (const KernelStep& kernel : facts.kernels) {
    json.begin_object(Layout::line);
    json.member("function", kernel.function);
    json.member("kernel", kernel.kernel);
    json.array("nodes", kernel.nodes);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.take();
}

void require_node(const NodeFacts& facts, const std::string& node) {
  if (contains(facts.names, node)) return;
  const std::string nearest = nearest_name(node, facts.names);
  throw UsageError("no function needs a node '" + node + "'" +
                   (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
}

// The name as Theano has it; a rewrite that tgc does not have is told of.
std::string pass_name(const std::string& word, Console& console) {
  const auto match = match_rewrite(word);
  if (!match || match->is_tag || match->rewrites.size() != 1) {
    const std::string nearest = nearest_rewrite(word);
    throw UsageError("nobody registered one rewrite '" + word + "'" +
                     (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
  }
  if (!match->note.empty()) console.remark("note: " + match->note + "\n");
  return std::string(match->rewrites[0]->name);
}

// Why a rewrite did nothing.
std::string idle_text(const std::string& pass, const ExplainNodeOptions& options,
                      const Config& config) {
  const RewriteName* row = find_rewrite(pass);
  Diagnostics ignored;
  const auto steps = resolve_pipeline(pipeline_options(config, options.target == "cuda"), ignored);
  const std::vector<std::string> names =
      steps ? pipeline_names(*steps) : std::vector<std::string>();
  std::string reason = "it ran, and nothing in the model has its pattern when its turn comes";
  if (row != nullptr && row->status == RewriteStatus::done_by) {
    reason = "in tgc it is part of " + std::string(row->note);
  } else if (row != nullptr && find_pass(pass) == nullptr && !contains(names, pass)) {
    reason = row->status == RewriteStatus::not_yet ? "tgc does not have it yet"
                                                   : "it is no rewrite of its own in tgc";
  } else if (!contains(names, pass)) {
    reason = "the flags leave it out (optimizer=" + config.text("optimizer") + ")";
  }
  return pass + " replaced nothing: " + reason + "\n";
}

}  // namespace

int explain_node(const ExplainNodeOptions& options, Invocation& invocation) {
  invocation.inputs = {options.model};
  int code = kExitOk;
  const auto config = load_config(options.config, invocation, code);
  if (!config) return code;
  ExplainNodeOptions wanted = options;
  if (!options.pass.empty()) wanted.pass = pass_name(options.pass, invocation.console);
  const auto facts =
      node_facts(options.model, options.target == "cuda", *config, invocation.diagnostics);
  if (!facts) return exit_code(invocation.diagnostics, *config);
  if (!wanted.node.empty()) require_node(*facts, wanted.node);
  const NodeFacts some = chosen(*facts, wanted);
  Console& console = invocation.console;
  if (options.is_json) {
    console.print(facts_json(some));
  } else if (some.touches.empty() && some.applies.empty()) {
    console.print(wanted.pass.empty() ? wanted.node + " is left in no function\n"
                                      : idle_text(wanted.pass, wanted, *config));
  } else {
    console.print(facts_text(some, wanted.node, console));
  }
  return kExitOk;
}

}  // namespace tgc
