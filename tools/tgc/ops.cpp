// SPDX-License-Identifier: Apache-2.0
// tgc ops [OP…]: the ops a graph file may name, or the pages of some.
#include <CLI/CLI.hpp>

#include "json/json_writer.h"
#include "json/legacy_ops.h"
#include "ops/op_list.h"
#include "support/check.h"
#include "support/text.h"
#include "tgc/op_facts.h"
#include "tgc/options.h"
#include "tgc/subcommand.h"
#include "tgc/table.h"

namespace tgc {
namespace {

struct OpsOptions {
  std::vector<std::string> names;
  bool is_json = false;
  OutputOptions output;
};

std::vector<std::string> dtype_names(const OpDef& op) {
  std::vector<std::string> names;
  for (const DType dtype : accepted_dtypes(op)) names.emplace_back(dtype_name(dtype));
  return names;
}

std::string ops_json(const std::vector<const OpDef*>& ops) {
  JsonWriter json;
  json.begin_array();
  for (const OpDef* op : ops) {
    json.begin_object(JsonWriter::Layout::line);
    json.member("name", op->name);
    json.member("theano", op->theano);
    json.array("dtypes", dtype_names(*op));
    json.member("grad", has_gradient(*op));
    json.member("cpu", is_compiled(*op));
    json.member("cuda", is_compiled(*op));
    json.end_object();
  }
  json.end_array();
  return json.take();
}

std::string ops_text(const std::vector<const OpDef*>& ops) {
  std::vector<std::vector<std::string>> cells = {{"OP", "THEANO", "GRADIENT", "WHAT IT DOES"}};
  for (const OpDef* op : ops) {
    std::string doc(op->doc);
    doc = doc.substr(0, doc.find(". "));
    cells.push_back(
        {std::string(op->name), std::string(op->theano), has_gradient(*op) ? "yes" : "no", doc});
  }
  return table_text(cells) + counted(static_cast<int64_t>(ops.size()), "op") + "\n";
}

std::string kind_text(const AttrDef& attribute) {
  switch (attribute.kind) {
    case AttrKind::boolean:
      return "true or false";
    case AttrKind::integer:
      return "integer";
    case AttrKind::real:
      return "number";
    case AttrKind::text:
      return "text";
    case AttrKind::integers:
      return "integers";
    case AttrKind::texts:
      return "texts";
    case AttrKind::dtype:
      return "dtype";
    case AttrKind::dim:
      return "dim";
    case AttrKind::dims:
      return "dims";
    case AttrKind::index_list:
      return "indices";
    case AttrKind::padding:
      return "padding";
  }
  TGC_CHECK(false, "unknown kind of attribute");
}

std::string input_count_text(const OpDef& op) {
  if (op.max_inputs < 0) return std::to_string(op.min_inputs) + " or more";
  if (op.min_inputs == op.max_inputs) return std::to_string(op.min_inputs);
  return std::to_string(op.min_inputs) + " to " + std::to_string(op.max_inputs);
}

std::string page(const OpDef& op) {
  std::vector<std::vector<std::string>> cells = {{"Theano", std::string(op.theano)},
                                                 {"inputs", input_count_text(op)}};
  if (!op.aliases.empty()) {
    cells.push_back({"also", join({op.aliases.begin(), op.aliases.end()}, ", ")});
  }
  cells.push_back({"dtypes", join(dtype_names(op), " ")});
  cells.push_back({"gradient", has_gradient(op) ? "yes" : "no: " + std::string(op.no_grad)});
  std::string text =
      std::string(op.name) + "\n" + wrapped_text(std::string(op.doc), 96, 2) + table_text(cells, 2);
  if (!op.attributes.empty()) text += "  attributes\n";
  std::vector<std::vector<std::string>> attributes;
  for (const AttrDef& attribute : op.attributes) {
    std::string kind = kind_text(attribute);
    if (!attribute.choices.empty()) {
      kind += ": " + join({attribute.choices.begin(), attribute.choices.end()}, ", ");
    }
    attributes.push_back({std::string(attribute.name),
                          kind + (attribute.required ? ", required" : ""),
                          std::string(attribute.doc)});
  }
  text += table_text(attributes, 4);
  if (!op.examples.empty()) text += "  example\n    " + std::string(op.examples[0].node) + "\n";
  return text;
}

const OpDef* find_op(const std::string& name) {
  const OpDef* op = op_registry().find(name);
  if (op != nullptr && !op->is_internal) return op;
  if (name == "grad") {
    throw UsageError(
        "'grad' is no op: {\"op\": \"grad\", \"cost\": C, \"wrt\": [...], \"outputs\": [...]} "
        "makes the nodes of the gradient; schemas/README.md tells of it");
  }
  std::string meant = foreign_op(name);
  if (op_registry().find(meant) == nullptr) meant = nearest_name(name, op_registry().names());
  throw UsageError("there is no op '" + name + "'" +
                   (meant.empty() ? "" : "; did you mean '" + meant + "'?"));
}

int list_ops(const OpsOptions& options, Invocation& invocation) {
  apply(options.output, invocation.console);
  std::vector<const OpDef*> ops;
  for (const std::string& name : options.names) ops.push_back(find_op(name));
  if (options.names.empty()) {
    for (const OpDef* op : op_registry().all()) {
      if (!op->is_internal) ops.push_back(op);
    }
  }
  if (options.is_json) {
    invocation.console.print(ops_json(ops));
  } else if (options.names.empty()) {
    invocation.console.print(ops_text(ops));
  } else {
    for (const OpDef* op : ops) invocation.console.print(page(*op));
  }
  return kExitOk;
}

}  // namespace

Action declare_ops(CLI::App& app) {
  auto options = std::make_shared<OpsOptions>();
  app.add_option("op", options->names, "Ops to describe; without one, all are listed")
      ->type_name("OP");
  app.add_flag("--json", options->is_json, "As JSON: [{name, theano, dtypes, grad, cpu, cuda}]");
  add_output_options(app, options->output);
  return [options](Invocation& invocation) { return list_ops(*options, invocation); };
}

}  // namespace tgc
