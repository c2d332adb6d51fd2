// SPDX-License-Identifier: Apache-2.0
// run_lowered of kernel_interpreter.h: lays out operands, lowers one Apply and runs its kernels.
#include <algorithm>
#include <memory>

#include "interp/kernel_interpreter.h"
#include "kernel/scalar_value.h"
#include "support/check.h"

namespace tgc {
namespace {

constexpr int64_t kGap = 2;     // elements from one to the next along the innermost axis
constexpr int64_t kOffset = 3;  // unused elements in front

// Axis 0 backwards and innermost, the other axes column-major: nothing a kernel may take for
// contiguous.
void make_strided(OperandLayout& layout) {
  DimExpr step = kGap;
  layout.offset = kOffset;
  for (size_t axis = 0; axis < layout.shape.size(); ++axis) {
    layout.strides[axis] = step;
    if (axis == 0) {
      layout.offset = layout.offset + step * (DimExpr::max(layout.shape[0], 1) - 1);
      layout.strides[0] = 0 - step;
    }
    step = step * DimExpr::max(layout.shape[axis], 1);
  }
}

// Calls f(flat position, address) for all elements of an operand.
template <class F>
void for_each_element(const OperandLayout& layout, const Bindings& bindings, const F& f) {
  const auto dims = bindings.evaluate(layout.shape);
  TGC_CHECK(dims.has_value(), "operand of unknown size");
  int64_t count = 1;
  for (const int64_t dim : *dims) count *= dim;
  for (int64_t i = 0; i < count; ++i) {
    int64_t rest = i;
    int64_t at = bindings.get(layout.offset);
    for (size_t axis = dims->size(); axis-- > 0;) {
      at += rest % (*dims)[axis] * bindings.get(layout.strides[axis]);
      rest /= (*dims)[axis];
    }
    f(i, at);
  }
}

std::unique_ptr<KernelBuffer> make_buffer(DType dtype, int64_t size) {
  Tensor flat(dtype, {size});
  for (int64_t i = 0; i < size; ++i) flat.set_int(i, 77);
  return std::make_unique<KernelBuffer>(std::move(flat));
}

class LoweredRun {
 public:
  LoweredRun(const Graph& graph, const Apply& apply, const std::vector<Tensor>& inputs,
             const Bindings& bindings, const LoweredOptions& options)
      : bindings_(bindings), options_(options), apply_(apply), context_(graph, apply) {
    TGC_CHECK(apply.op->lower != nullptr, std::string(apply.op->name) + " has no lowering");
    context_.kernel_name = std::string(apply.op->name);
    for (size_t i = 0; i < inputs.size(); ++i) add_input(graph, apply.inputs[i], inputs[i], i);
    for (const VariableId output : apply.outputs) {
      context_.outputs.push_back(contiguous_layout(graph, output));
    }
  }

  LoweredResult run() {
    apply_.op->lower(context_);
    for (size_t i = 0; i < context_.outputs.size(); ++i) add_output(i);
    for (const OperandLayout& layout : context_.result.temporaries) {
      temporaries_.push_back(make_buffer(layout.dtype, bindings_.get(element_count(layout.shape))));
    }
    LoweredResult result;
    for (const LoweredKernel& lowered : context_.result.kernels) {
      std::vector<KernelBuffer*> params;
      for (const OperandRef& operand : lowered.params) params.push_back(buffer(operand));
      result.failure = options_.runner
                           ? options_.runner(lowered.kernel, params, bindings_)
                           : run_kernel(lowered.kernel, params, bindings_, options_.backwards);
      if (result.failure.code != 0) return result;
    }
    for (size_t i = 0; i < context_.outputs.size(); ++i) result.outputs.push_back(collect(i));
    return result;
  }

 private:
  [[nodiscard]] bool is_destroyed(size_t input) const {
    return std::any_of(apply_.destroys.begin(), apply_.destroys.end(), [&](const Destroy& destroy) {
      return destroy.input == static_cast<int>(input);
    });
  }

  void add_input(const Graph& graph, VariableId id, const Tensor& value, size_t position) {
    OperandLayout layout = contiguous_layout(graph, id);
    layout.name = display_name(graph, id);
    if (options_.strided && !is_destroyed(position)) make_strided(layout);
    int64_t size = value.size();
    for_each_element(layout, bindings_,
                     [&](int64_t, int64_t at) { size = std::max(size, at + 1); });
    inputs_.push_back(make_buffer(value.dtype(), size));
    for_each_element(layout, bindings_, [&](int64_t i, int64_t at) {
      set_element(inputs_.back()->elements, at, element(value, i));
    });
    context_.inputs.push_back(std::move(layout));
  }

  void add_output(size_t position) {
    const OperandLayout& layout = context_.outputs[position];
    outputs_.push_back(make_buffer(layout.dtype, bindings_.get(element_count(layout.shape))));
    for (const Destroy& destroy : apply_.destroys) {
      if (destroy.output != static_cast<int>(position)) continue;
      KernelBuffer& memory = *outputs_.back();
      memory.elements = inputs_.at(static_cast<size_t>(destroy.input))->elements;
      memory.written.assign(memory.written.size(), true);
    }
  }

  KernelBuffer* buffer(OperandRef operand) {
    const auto index = static_cast<size_t>(operand.index);
    switch (operand.kind) {
      case OperandRef::Kind::input:
        return inputs_.at(index).get();
      case OperandRef::Kind::output:
        return outputs_.at(index).get();
      case OperandRef::Kind::temporary:
        break;
    }
    return temporaries_.at(index).get();
  }

  Tensor collect(size_t position) {
    OperandLayout layout = context_.outputs[position];
    const KernelBuffer* source = outputs_[position].get();
    for (const LoweredView& view : context_.result.views) {
      if (view.output != static_cast<int>(position)) continue;
      layout.offset = view.offset;
      layout.strides = view.strides;
      source = inputs_.at(static_cast<size_t>(view.input)).get();
    }
    const bool is_view = source != outputs_[position].get();
    Tensor result(layout.dtype, *bindings_.evaluate(layout.shape));
    for_each_element(layout, bindings_, [&](int64_t i, int64_t at) {
      TGC_CHECK(is_view || source->written[static_cast<size_t>(at)],
                std::string(apply_.op->name) + ": element " + std::to_string(i) + " of output " +
                    std::to_string(position) + " is not written");
      set_element(result, i, element(source->elements, at));
    });
    return result;
  }

  const Bindings& bindings_;
  const LoweredOptions& options_;
  const Apply& apply_;
  LowerContext context_;
  std::vector<std::unique_ptr<KernelBuffer>> inputs_;
  std::vector<std::unique_ptr<KernelBuffer>> outputs_;
  std::vector<std::unique_ptr<KernelBuffer>> temporaries_;
};

}  // namespace

bool has_routine(const Graph& graph, const Apply& apply) {
  LowerContext context(graph, apply);
  for (const VariableId input : apply.inputs) {
    context.inputs.push_back(contiguous_layout(graph, input));
  }
  for (const VariableId output : apply.outputs) {
    context.outputs.push_back(contiguous_layout(graph, output));
    context.outputs.back().literal.reset();
  }
  apply.op->lower(context);
  const auto& kernels = context.result.kernels;
  return std::any_of(kernels.begin(), kernels.end(), [](const LoweredKernel& lowered) {
    return std::holds_alternative<Routine>(lowered.kernel.body);
  });
}

LoweredResult run_lowered(const Graph& graph, const Apply& apply, const std::vector<Tensor>& inputs,
                          const Bindings& bindings, const LoweredOptions& options) {
  return LoweredRun(graph, apply, inputs, bindings, options).run();
}

}  // namespace tgc
