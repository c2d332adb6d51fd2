// SPDX-License-Identifier: Apache-2.0
// See error_details.h.
#include "error_details.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "failure.h"
#include "strided.h"

namespace tgc::runtime {
namespace {

class Details {
 public:
  Details(const PlanFile& plan, const FunctionEntry& function, const Binding& binding)
      : plan_(plan), function_(function), p_(*function.program), binding_(binding) {}

  std::string text(const tgc_plan_step& step) {
    std::string types = "\nInputs types:";
    std::string strides = "\nInputs strides:";
    for (size_t i = 0; i < p_.inputs.size(); ++i) {
      types += " " + function_.input_names[i] + " " + type_text(p_.inputs[i]);
      strides += " " + function_.input_names[i] + dims_text(strides_of(p_.inputs[i]));
    }
    return types + strides + node_text(step) + footprint_text();
  }

  std::string arrays_text(const tgc_plan_step& step) {
    const std::string node = plan_.text(step.node);
    std::vector<std::string> arrays;
    for (uint32_t i = 0; i < step.arg_count; ++i) {
      const tgc_plan_buffer& buffer = p_.buffers[p_.pool[step.args + i]];
      const std::string name = plan_.text(buffer.name);
      const bool is_result = buffer.kind == TGC_BUFFER_OUTPUT ||
                             buffer.kind == TGC_BUFFER_SHARED_NEXT ||
                             name == node.substr(0, node.find(','));
      const std::string text = array_text(buffer);
      const bool is_told = std::find(arrays.begin(), arrays.end(), text) != arrays.end();
      if (!is_result && !is_told) arrays.push_back(text);
    }
    std::string text;
    for (size_t i = 0; i < arrays.size(); ++i) {
      text += (i == 0 ? "" : i + 1 == arrays.size() ? " and " : ", ") + arrays[i];
    }
    return text;
  }

 private:
  [[nodiscard]] int64_t expr(uint32_t number) const { return binding_.exprs[number]; }

  [[nodiscard]] std::string array_text(const tgc_plan_buffer& buffer) const {
    const std::string name = plan_.text(buffer.name);
    if (buffer.kind == TGC_BUFFER_SHARED) {
      return name + dims_text(plan_.shared()[buffer.index].dims);
    }
    if (buffer.kind == TGC_BUFFER_INPUT) {
      const tgc_plan_value& value = p_.inputs[buffer.index];
      std::vector<int64_t> dims;
      for (uint32_t axis = 0; axis < value.rank; ++axis) {
        dims.push_back(expr(p_.pool[value.dims + axis]));
      }
      return name + dims_text(dims);
    }
    const int64_t count = expr(buffer.bytes) / dtype_bytes(buffer.dtype);
    return name + " (" + std::to_string(count) + (count == 1 ? " element)" : " elements)");
  }

  // As Theano prints a TensorType: a dim that the plan fixes at 1 is broadcastable.
  [[nodiscard]] std::string type_text(const tgc_plan_value& value) const {
    std::vector<bool> is_one;
    for (uint32_t axis = 0; axis < value.rank; ++axis) {
      const tgc_plan_expr& dim = p_.exprs[p_.pool[value.dims + axis]];
      is_one.push_back(dim.op == TGC_EXPR_CONSTANT && dim.value == 1);
    }
    const bool has_one = std::find(is_one.begin(), is_one.end(), true) != is_one.end();
    std::string shape = std::to_string(value.rank) + "D";
    if (value.rank == 0) shape = "scalar";
    if (value.rank == 1 && !has_one) shape = "vector";
    if (value.rank == 2 && !has_one) shape = "matrix";
    if (value.rank == 2 && is_one[0] && !is_one[1]) shape = "row";
    if (value.rank == 2 && !is_one[0] && is_one[1]) shape = "col";
    const bool is_named = shape == "row" || shape == "col";
    if (has_one && !is_named) {
      shape = "(";
      for (size_t axis = 0; axis < is_one.size(); ++axis) {
        shape += (axis == 0 ? "" : ", ") + std::string(is_one[axis] ? "True" : "False");
      }
      shape += is_one.size() == 1 ? ",)" : ")";
    }
    return std::string("TensorType(") + dtype_text(value.dtype) + ", " + shape + ")";
  }

  // Of the array that the node reads, in bytes.
  [[nodiscard]] std::vector<int64_t> strides_of(const tgc_plan_value& value) const {
    std::vector<int64_t> strides(value.rank);
    int64_t stride = dtype_bytes(value.dtype);
    for (uint32_t axis = value.rank; axis > 0; --axis) {
      strides[axis - 1] = stride;
      stride *= expr(p_.pool[value.dims + axis - 1]);
    }
    return strides;
  }

  [[nodiscard]] std::string node_text(const tgc_plan_step& step) const {
    std::string text = "\nDebugprint of the apply node:\n" + plan_.text(step.node);
    for (uint32_t i = 0; i < step.arg_count; ++i) {
      const tgc_plan_buffer& buffer = p_.buffers[p_.pool[step.args + i]];
      text += "\n |" + plan_.text(buffer.name) + " [" + dtype_text(buffer.dtype) + ", " +
              std::to_string(expr(buffer.bytes)) + " Byte(s)]";
    }
    return text;
  }

  [[nodiscard]] static const char* kind_text(uint32_t kind) {
    switch (kind) {
      case TGC_BUFFER_INPUT:
        return ", Input";
      case TGC_BUFFER_SHARED:
        return ", Shared Input";
      case TGC_BUFFER_SHARED_NEXT:
        return ", Update";
      case TGC_BUFFER_OUTPUT:
        return ", Output";
      default:
        return "";
    }
  }

  // The largest first; of many, those that fit a message.
  [[nodiscard]] std::string footprint_text() const {
    constexpr size_t kMostLines = 10;
    std::vector<const tgc_plan_buffer*> buffers;
    int64_t total = 0;
    for (const tgc_plan_buffer& buffer : p_.buffers) {
      const bool is_unused = buffer.kind == TGC_BUFFER_ARENA && expr(buffer.bytes) == 0;
      if (buffer.kind == TGC_BUFFER_VIEW || is_unused) continue;
      buffers.push_back(&buffer);
      total += expr(buffer.bytes);
    }
    std::stable_sort(buffers.begin(), buffers.end(),
                     [&](const auto* a, const auto* b) { return expr(a->bytes) > expr(b->bytes); });
    std::string text = "\nStorage map footprint:";
    for (size_t i = 0; i < std::min(buffers.size(), kMostLines); ++i) {
      const tgc_plan_buffer& buffer = *buffers[i];
      text += "\n - " + plan_.text(buffer.name) + kind_text(buffer.kind) +
              ", ElemSize: " + std::to_string(dtype_bytes(buffer.dtype)) +
              " Byte(s), TotalSize: " + std::to_string(expr(buffer.bytes)) + " Byte(s)";
    }
    if (buffers.size() > kMostLines) {
      text += "\n - and " + std::to_string(buffers.size() - kMostLines) + " smaller ones";
    }
    char line[96];
    const auto bytes = static_cast<double>(total);
    std::snprintf(line, sizeof line, "\n TotalSize: %.1f Byte(s) %.3f GB", bytes,
                  bytes / 1024 / 1024 / 1024);
    return text + line;
  }

  const PlanFile& plan_;
  const FunctionEntry& function_;
  const Program& p_;
  const Binding& binding_;
};

// A routine did not find its function.
std::string library_text() {
  const char* const path = std::getenv("TGC_LAPACK");
  const std::string remedy =
      "; install OpenBLAS (Debian: apt install libopenblas0), or set "
      "TGC_LAPACK to the library's path";
  if (path != nullptr && *path != 0) {
    return std::string("it calls LAPACK, but TGC_LAPACK names ") + path +
           ", which cannot be loaded or is no LAPACK" + remedy;
  }
  return "it calls LAPACK, but neither libopenblas.so.0 nor liblapack.so.3 can be loaded" + remedy;
}

}  // namespace

std::string failure_text(int64_t code, int64_t value) {
  const std::string number = std::to_string(value);
  switch (code) {
    case TGC_FAIL_INDEX:
      return "index " + number + " is out of bounds";
    case TGC_FAIL_ASSERT:
      return "the assertion does not hold";
    case TGC_FAIL_DIVISION:
      return "integer division or modulo by zero";
    case TGC_FAIL_SINGULAR:
      return "Singular matrix (number " + number + " of its batch)";
    case TGC_FAIL_NOT_POSITIVE_DEFINITE:
      return "Matrix is not positive definite (number " + number + " of its batch)";
    case TGC_FAIL_CONVERGENCE:
      return "LAPACK did not converge (matrix number " + number + " of its batch)";
    case TGC_FAIL_LIBRARY:
      return library_text();
    case TGC_FAIL_STEPS:
      return "the loop has reached its limit of " + number +
             " steps; its until condition never held";
    case TGC_FAIL_ARGUMENT:
      return "value " + number + " is out of its range";
    case TGC_FAIL_NAN:
      return "NaN in element " + number + " of its value";
    case TGC_FAIL_INF:
      return "infinity in element " + number + " of its value";
    case TGC_FAIL_BIG:
      return "a magnitude above 1e10 in element " + number + " of its value";
    case TGC_FAIL_TOO_LARGE:
      return "a matrix has a side or workspace of " + number +
             " elements, but LAPACK counts to 2147483647";
    case TGC_FAIL_COMPLEX:
      return "eigenvalues are complex (matrix number " + number +
             " of its batch), which real results cannot hold";
    case TGC_FAIL_RANDOM_STATE:
      return "row " + number + " of the random generator's state is none that a generator can have";
    case TGC_FAIL_PARAMETER:
      return "the distribution of sample number " + number + " has a parameter out of its range";
    default:
      return "a check failed on value " + number;
  }
}

std::string arrays_text(const PlanFile& plan, const FunctionEntry& function,
                        const tgc_plan_step& step, const Binding& binding) {
  return Details(plan, function, binding).arrays_text(step);
}

std::string error_details(const PlanFile& plan, const FunctionEntry& function,
                          const tgc_plan_step& step, const Binding& binding) {
  return Details(plan, function, binding).text(step);
}

}  // namespace tgc::runtime
