// SPDX-License-Identifier: Apache-2.0
// tgc ops [OP…]: the ops a graph file may name, or the pages of some.
#include <CLI/CLI.hpp>
#include <algorithm>

#include "json/json_writer.h"
#include "json/legacy_ops.h"
#include "json/node_forms.h"
#include "ops/op_list.h"
#include "support/check.h"
#include "support/text.h"
#include "tgc/op_facts.h"
#include "tgc/ops_markdown.h"
#include "tgc/options.h"
#include "tgc/subcommand.h"
#include "tgc/table.h"

namespace tgc {
namespace {

struct OpsOptions {
  std::vector<std::string> names;
  bool is_json = false;
  bool is_markdown = false;
  OutputOptions output;
};

std::vector<std::string> dtype_names(const OpDef& op) {
  std::vector<std::string> names;
  for (const DType dtype : accepted_dtypes(op)) names.emplace_back(dtype_name(dtype));
  return names;
}

// A name that a graph may use: an op's own, or another of it.
struct OpName {
  std::string_view name;
  const OpDef* op = nullptr;

  [[nodiscard]] bool is_alias() const { return name != op->name; }
};

std::vector<OpName> all_names() {
  std::vector<OpName> names;
  for (const OpDef* op : op_registry().all()) {
    if (op->is_internal) continue;
    names.push_back({op->name, op});
    for (const std::string_view alias : op->aliases) names.push_back({alias, op});
  }
  std::sort(names.begin(), names.end(),
            [](const OpName& a, const OpName& b) { return a.name < b.name; });
  return names;
}

// "cpu": "kernel", or null with the reason behind it.
void device_json(JsonWriter& json, const OpDef& op, const std::string& key, DeviceKind device) {
  const Realization found = realization(op, device);
  if (!found.how.empty()) return json.member(key, found.how);
  json.key(key);
  json.raw("null");
  json.member(key + "_reason", found.reason);
}

// Nodes that are no op of the registry.
std::vector<const NodeFormDef*> all_forms() {
  std::vector<const NodeFormDef*> forms;
  for (const NodeFormDef& form : node_forms()) {
    if (op_registry().find(form.name) == nullptr) forms.push_back(&form);
  }
  return forms;
}

std::string form_page(const NodeFormDef& form) {
  return std::string(form.name) + "\n  Expands to other nodes: " + std::string(form.doc) +
         ". schemas/README.md tells of its keys.\n  example\n    " + std::string(form.usage) + "\n";
}

std::string ops_json(const std::vector<OpName>& names,
                     const std::vector<const NodeFormDef*>& forms) {
  JsonWriter json;
  json.begin_array();
  for (const OpName& name : names) {
    const OpDef& op = *name.op;
    json.begin_object(JsonWriter::Layout::line);
    json.member("name", name.name);
    if (name.is_alias()) json.member("alias_of", op.name);
    json.member("theano", op.theano);
    json.array("dtypes", dtype_names(op));
    json.member("grad", has_gradient(op));
    device_json(json, op, "cpu", DeviceKind::cpu);
    device_json(json, op, "cuda", DeviceKind::cuda);
    json.end_object();
  }
  for (const NodeFormDef* form : forms) {
    json.begin_object(JsonWriter::Layout::line);
    json.member("name", form->name);
    json.member("theano", form->theano);
    json.array("dtypes", std::vector<std::string>());
    json.member("grad", true);
    json.member("cpu", "composed");
    json.member("cuda", "composed");
    json.end_object();
  }
  json.end_array();
  return json.take();
}

std::string device_text(const OpDef& op, DeviceKind device) {
  const Realization found = realization(op, device);
  return found.how.empty() ? "no: " + std::string(found.reason) : std::string(found.how);
}

std::string ops_text(const std::vector<OpName>& names) {
  std::vector<std::vector<std::string>> cells = {
      {"OP", "THEANO", "DTYPES", "GRADIENT", "CPU", "CUDA"}};
  int64_t count = 0;
  for (const OpName& name : names) {
    const OpDef& op = *name.op;
    if (name.is_alias()) {
      cells.push_back({std::string(name.name), "the same as " + std::string(op.name)});
      continue;
    }
    ++count;
    cells.push_back({std::string(op.name), std::string(op.theano), dtypes_text(accepted_dtypes(op)),
                     has_gradient(op) ? "yes" : "no", device_text(op, DeviceKind::cpu),
                     device_text(op, DeviceKind::cuda)});
  }
  std::vector<std::string> forms;
  for (const NodeFormDef* form : all_forms()) forms.emplace_back(form->name);
  return table_text(cells) + counted(count, "op") + ", " +
         counted(static_cast<int64_t>(names.size()), "name") +
         "; nodes that expand to others: " + join(forms, " ") + "\n";
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
  cells.push_back({"cpu", device_text(op, DeviceKind::cpu)});
  cells.push_back({"cuda", device_text(op, DeviceKind::cuda)});
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
  std::string meant = foreign_op(name);
  if (op_registry().find(meant) == nullptr) meant = nearest_name(name, op_registry().names());
  throw UsageError("there is no op '" + name + "'" +
                   (meant.empty() ? "" : "; did you mean '" + meant + "'?"));
}

int list_ops(const OpsOptions& options, Invocation& invocation) {
  apply(options.output, invocation.console);
  if (options.is_markdown) {
    invocation.console.print(ops_markdown());
    return kExitOk;
  }
  std::vector<OpName> names;
  std::vector<const NodeFormDef*> forms;
  for (const std::string& name : options.names) {
    const NodeFormDef* form = op_registry().find(name) == nullptr ? find_node_form(name) : nullptr;
    if (form != nullptr) {
      forms.push_back(form);
      continue;
    }
    const OpDef* op = find_op(name);
    names.push_back({op->name, op});
  }
  if (options.names.empty()) names = all_names();
  if (options.is_json) {
    invocation.console.print(ops_json(names, options.names.empty() ? all_forms() : forms));
  } else if (options.names.empty()) {
    invocation.console.print(ops_text(names));
  } else {
    for (const OpName& name : names) invocation.console.print(page(*name.op));
    for (const NodeFormDef* form : forms) invocation.console.print(form_page(*form));
  }
  return kExitOk;
}

}  // namespace

Action declare_ops(CLI::App& app) {
  auto options = std::make_shared<OpsOptions>();
  app.add_option("op", options->names, "Ops to describe; without one, all are listed")
      ->type_name("OP");
  app.add_flag("--json", options->is_json, "As JSON: [{name, theano, dtypes, grad, cpu, cuda}]");
  app.add_flag("--markdown", options->is_markdown,
               "As lib/ops/README.md: with Theano's op classes");
  add_output_options(app, options->output);
  return [options](Invocation& invocation) { return list_ops(*options, invocation); };
}

}  // namespace tgc
