// SPDX-License-Identifier: Apache-2.0
// See shrink.h.
#include "e2e/random/shrink.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "e2e/random/reference.h"
#include "json/model_reader.h"

namespace tgc {
namespace {

using Test = std::function<bool(const Sketch&)>;

bool keep_if_wrong(Sketch& sketch, Sketch candidate, const Test& is_wrong) {
  prune(candidate);
  if (!is_wrong(candidate)) return false;
  sketch = std::move(candidate);
  return true;
}

bool drop_results(Sketch& sketch, const Test& is_wrong) {
  bool is_changed = false;
  for (size_t i = 0;
       i < sketch.outputs.size() && sketch.outputs.size() + sketch.updates.size() > 1;) {
    Sketch candidate = sketch;
    candidate.outputs.erase(candidate.outputs.begin() + static_cast<std::ptrdiff_t>(i));
    const bool is_dropped = keep_if_wrong(sketch, std::move(candidate), is_wrong);
    is_changed = is_changed || is_dropped;
    if (!is_dropped) ++i;
  }
  for (size_t i = 0; i < sketch.updates.size();) {
    Sketch candidate = sketch;
    candidate.updates.erase(candidate.updates.begin() + static_cast<std::ptrdiff_t>(i));
    const bool is_dropped = keep_if_wrong(sketch, std::move(candidate), is_wrong);
    is_changed = is_changed || is_dropped;
    if (!is_dropped) ++i;
  }
  return is_changed;
}

// Inputs that stand for each node's outputs, with the values these have; none where a call fails.
std::map<std::string, SketchValue> stand_ins(const Sketch& sketch) {
  Sketch everything = sketch;
  everything.updates.clear();
  everything.outputs.clear();
  for (const SketchNode& node : sketch.nodes) {
    everything.outputs.insert(everything.outputs.end(), node.outputs.begin(), node.outputs.end());
  }
  ReadOptions options;
  options.on_unused_input = OnUnusedInput::ignore;
  Diagnostics diagnostics;
  std::map<std::string, SketchValue> result;
  const auto model = read_model_text("all.json", model_json({everything}), options, diagnostics);
  if (!model) return result;
  const Function& function = model->functions.at(0);
  for (size_t call = 0; call < kCalls; ++call) {
    std::vector<Tensor> inputs;
    for (const VariableId id : function.graph.inputs()) {
      const SketchValue& value = *sketch.find(function.graph.variable(id).name);
      inputs.push_back(value.values.at(value.kind == SketchValue::Kind::input ? call : 0));
    }
    const Reference reference = make_reference(function, inputs, 0);
    if (!reference.failure.empty()) return {};
    for (size_t i = 0; i < everything.outputs.size(); ++i) {
      SketchValue& value = result[everything.outputs[i]];
      value.name = sketch.function + "_" + everything.outputs[i];
      value.values.push_back(reference.outputs[i].value);
      value.dtype = value.values[0].dtype();
      value.shape.clear();
      for (const DimExpr& dim : function.graph.type(function.graph.outputs()[i]).shape) {
        value.shape.push_back(dim.text());
      }
    }
  }
  return result;
}

// Every use of the names of node `at` becomes a use of inputs with its values. Loops, whose bodies
// may use the names, get the inputs under the old names.
std::optional<Sketch> without_node(const Sketch& sketch, size_t at,
                                   const std::map<std::string, SketchValue>& values) {
  Sketch candidate = sketch;
  for (const std::string& name : sketch.nodes[at].outputs) {
    if (std::count(sketch.outputs.begin(), sketch.outputs.end(), name) > 0) return std::nullopt;
    SketchValue value = values.at(name);
    value.name = name;
    candidate.values.push_back(std::move(value));
  }
  candidate.nodes.erase(candidate.nodes.begin() + static_cast<std::ptrdiff_t>(at));
  return candidate;
}

bool cut_nodes(Sketch& sketch, const Test& is_wrong) {
  bool is_changed = false;
  for (size_t left = sketch.nodes.size(); left-- > 0;) {
    if (left >= sketch.nodes.size()) continue;
    const auto values = stand_ins(sketch);
    if (values.empty()) return is_changed;
    auto candidate = without_node(sketch, left, values);
    if (candidate)
      is_changed = keep_if_wrong(sketch, std::move(*candidate), is_wrong) || is_changed;
  }
  return is_changed;
}

Tensor cropped(const Tensor& tensor, const std::vector<int64_t>& dims) {
  Tensor result(tensor.dtype(), dims);
  for (int64_t i = 0; i < result.size(); ++i) {
    int64_t rest = i;
    int64_t from = 0;
    int64_t stride = 1;
    for (size_t axis = dims.size(); axis-- > 0;) {
      from += rest % dims[axis] * stride;
      rest /= dims[axis];
      stride *= tensor.dims()[axis];
    }
    if (is_float(tensor.dtype())) {
      result.set_double(i, tensor.get_double(from));
    } else {
      result.set_int(i, tensor.get_int(from));
    }
  }
  return result;
}

// The sketch with a dim of at most `size` in every call; nullopt where a value does not show how.
std::optional<Sketch> with_dim(const Sketch& sketch, const std::string& dim, int64_t size) {
  Sketch candidate = sketch;
  bool is_smaller = false;
  for (SketchValue& value : candidate.values) {
    for (Tensor& tensor : value.values) {
      std::vector<int64_t> dims = tensor.dims();
      for (size_t axis = 0; axis < dims.size(); ++axis) {
        if (value.shape[axis] == dim && dims[axis] > size) dims[axis] = size;
      }
      is_smaller = is_smaller || dims != tensor.dims();
      if (dims != tensor.dims()) tensor = cropped(tensor, dims);
    }
  }
  if (!is_smaller) return std::nullopt;
  return candidate;
}

bool reduce_dims(Sketch& sketch, const Test& is_wrong) {
  bool is_changed = false;
  for (const char* dim : {"n", "m", "k"}) {
    for (const int64_t size : {1, 2, 3, 5}) {
      auto candidate = with_dim(sketch, dim, size);
      if (candidate && keep_if_wrong(sketch, std::move(*candidate), is_wrong)) {
        is_changed = true;
        break;
      }
    }
  }
  return is_changed;
}

}  // namespace

Sketch shrink(Sketch sketch, const Test& is_wrong) {
  for (bool is_changed = true; is_changed;) {
    is_changed = drop_results(sketch, is_wrong);
    is_changed = cut_nodes(sketch, is_wrong) || is_changed;
    is_changed = reduce_dims(sketch, is_wrong) || is_changed;
  }
  return sketch;
}

}  // namespace tgc
