// SPDX-License-Identifier: Apache-2.0
// See printer.h.
#include "graph/printer.h"

#include <cmath>
#include <map>

#include "graph/op_def.h"
#include "support/text.h"

namespace tgc {
namespace {

constexpr int64_t kShownElements = 4;

std::string element_text(const Tensor& value, int64_t index) {
  if (is_complex(value.dtype())) {
    const std::complex<double> element = value.get_complex(index);
    return number_text(element.real()) + (std::signbit(element.imag()) ? "" : "+") +
           number_text(element.imag()) + "i";
  }
  return is_float(value.dtype()) ? number_text(value.get_double(index))
                                 : std::to_string(value.get_int(index));
}

class Printer {
 public:
  Printer(const Graph& graph, const PrintOptions& options, int level)
      : graph_(graph), options_(options), level_(level) {}

  std::string print() {
    for (const VariableId id : graph_.inputs()) print_input(graph_.variable(id));
    for (const ApplyId id : graph_.topological_order()) print_apply(graph_.apply(id));
    for (const VariableId id : graph_.outputs()) line("output " + name(id));
    if (options_.equalities) {
      for (const DimEquality& equality : graph_.equalities()) {
        line("equal " + equality.left.text() + " and " + equality.right.text());
      }
    }
    return std::move(text_);
  }

 private:
  void line(const std::string& text) {
    text_.append(static_cast<size_t>(level_) * 2, ' ');
    text_ += text + "\n";
  }

  std::string name(VariableId id) {
    const Variable& variable = graph_.variable(id);
    if (variable.kind == VariableKind::constant) {
      const std::string text = constant_text(*variable.constant);
      return variable.type.place.is_host() ? text : variable.type.place.context + ":" + text;
    }
    if (const auto known = names_.find(id); known != names_.end()) return known->second;
    return names_[id] = "%" + std::to_string(count_++);
  }

  void print_input(const Variable& input) {
    std::string text = input.name;
    if (text.empty()) text = "x" + std::to_string(names_.size());
    names_[input.id] = text;
    const std::string kind = input.kind == VariableKind::shared ? "shared " : "input ";
    line(kind + text + ": " + type_text(input.type));
  }

  void print_apply(const Apply& apply) {
    std::vector<std::string> outputs;
    std::vector<std::string> types;
    for (const VariableId output : apply.outputs) {
      outputs.push_back(name(output));
      types.push_back(type_text(graph_.type(output)));
    }
    std::vector<std::string> arguments;
    for (const VariableId input : apply.inputs) arguments.push_back(name(input));
    for (const auto& [key, value] : apply.attributes) {
      arguments.push_back(key + "=" + attribute_text(value));
    }
    std::string text = join(outputs, ", ") + " = " + std::string(apply.op->name) + "(" +
                       join(arguments, ", ") + "): " + join(types, ", ");
    std::vector<std::string> destroyed;
    for (const Destroy& destroy : apply.destroys) {
      destroyed.push_back(name(apply.inputs[static_cast<size_t>(destroy.input)]) +
                          (apply.outputs.size() == 1
                               ? ""
                               : " for " + outputs[static_cast<size_t>(destroy.output)]));
    }
    if (!destroyed.empty()) text += ", destroys " + join(destroyed, ", ");
    if (options_.origins) text += origin_text(apply.origin);
    line(text);
    for (const InnerGraph& inner : apply.inner) {
      text_ += Printer(*inner, options_, level_ + 1).print();
    }
  }

  static std::string origin_text(const Origin& origin) {
    std::string text;
    if (!origin.nodes.empty()) text += ", from " + join(origin.nodes, ", ");
    if (!origin.rewrites.empty()) text += ", by " + join(origin.rewrites, ", ");
    return text;
  }

  const Graph& graph_;
  const PrintOptions& options_;
  int level_;
  int count_ = 0;
  std::map<VariableId, std::string> names_;
  std::string text_;
};

}  // namespace

std::string constant_text(const Tensor& value) {
  if (value.rank() == 0) {
    const std::string text = element_text(value, 0);
    return is_float(value.dtype()) ? text : std::string(dtype_name(value.dtype())) + " " + text;
  }
  std::vector<std::string> parts;
  for (int64_t i = 0; i < value.size() && i < kShownElements; ++i) {
    parts.push_back(element_text(value, i));
  }
  if (value.size() > kShownElements) parts.emplace_back("...");
  std::vector<std::string> dims;
  for (const int64_t dim : value.dims()) dims.push_back(std::to_string(dim));
  return std::string(dtype_name(value.dtype())) + "[" + join(dims, ", ") + "]{" +
         join(parts, ", ") + "}";
}

std::string graph_text(const Graph& graph, const PrintOptions& options) {
  return Printer(graph, options, 0).print();
}

}  // namespace tgc
