// SPDX-License-Identifier: Apache-2.0
// See run_outputs.h.
#include "tgc/run_outputs.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <utility>

#include "json/tensor_file_writer.h"
#include "support/check.h"
#include "support/text.h"
#include "tgc/subcommand.h"
#include "tgc/table.h"

namespace tgc {
namespace {

constexpr int64_t kShownElements = 16;

std::string dims_text(const std::vector<int64_t>& dims) {
  std::vector<std::string> texts;
  for (const int64_t dim : dims) texts.push_back(std::to_string(dim));
  return "[" + join(texts, ", ") + "]";
}

// The shortest text that reads back as the same element.
std::string element_text(double value, DType dtype) {
  if (real_dtype(dtype) == DType::float64) return number_text(value);
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, static_cast<float>(value));
  return {text, end.ptr};
}

std::string element_text(const Tensor& tensor, int64_t index) {
  if (is_complex(tensor.dtype())) {  // as in the files: {"re": 1, "im": -2}
    const std::complex<double> value = tensor.get_complex(index);
    return "{\"re\": " + element_text(value.real(), tensor.dtype()) +
           ", \"im\": " + element_text(value.imag(), tensor.dtype()) + "}";
  }
  if (is_float(tensor.dtype())) return element_text(tensor.get_double(index), tensor.dtype());
  if (tensor.dtype() == DType::uint64) {
    return std::to_string(static_cast<uint64_t>(tensor.get_int(index)));
  }
  return std::to_string(tensor.get_int(index));
}

bool is_file_of_many(const std::string& path) {
  return path.ends_with(".npz") || path.ends_with(".safetensors");
}

size_t find_output(const std::string& name, const ManifestFunction& function) {
  std::vector<std::string> names;
  for (size_t i = 0; i < function.outputs.size(); ++i) {
    names.push_back(function.outputs[i].name);
    if (names.back() == name) return i;
  }
  throw UsageError("--out: function '" + function.name + "' has no output '" + name +
                   "'; its outputs are " + join(names, ", "));
}

}  // namespace

std::vector<OutputOption> output_options(const std::vector<std::string>& options,
                                         const ManifestFunction& function) {
  std::vector<OutputOption> outputs;
  std::vector<bool> is_taken(function.outputs.size(), false);
  size_t next = 0;
  for (const std::string& option : options) {
    OutputOption output{{}, option};
    if (is_file_of_many(option)) {
      for (size_t i = 0; i < function.outputs.size(); ++i) output.outputs.push_back(i);
      outputs.push_back(std::move(output));
      continue;
    }
    const size_t equals = option.find('=');
    size_t number = next;
    if (equals != std::string::npos) {
      number = find_output(option.substr(0, equals), function);
      output.path = option.substr(equals + 1);
    } else if (next++ >= function.outputs.size()) {
      throw UsageError("--out " + option + ": function '" + function.name + "' has only " +
                       counted(static_cast<int64_t>(function.outputs.size()), "output"));
    }
    if (!output.path.ends_with(".npy")) {
      throw UsageError("--out " + option +
                       ": an output is written as FILE.npy, all of them as "
                       "FILE.npz or FILE.safetensors");
    }
    if (is_taken[number]) {
      throw UsageError("--out " + option + ": output '" + function.outputs[number].name +
                       "' goes to another file already");
    }
    is_taken[number] = true;
    output.outputs = {number};
    outputs.push_back(std::move(output));
  }
  return outputs;
}

Results::Results(const ManifestFunction& function, std::vector<bool> is_kept)
    : function_(function), values_(function.outputs.size()) {
  for (size_t i = 0; i < values_.size(); ++i) {
    values_[i].is_scalar = function.outputs[i].shape.empty();
    values_[i].is_kept = is_kept[i];
    values_[i].dtype = parse_dtype(function.outputs[i].dtype).value_or(DType::float32);
  }
}

void Results::clear() {
  rows_ = 0;
  batches_ = 0;
  for (Value& value : values_) {
    value.sum = 0;
    value.dims.clear();
    value.bytes.clear();
  }
}

bool Results::add(const std::vector<tgc_tensor>& outputs, int64_t rows, Diagnostics& diagnostics) {
  for (size_t i = 0; i < outputs.size(); ++i) {
    const tgc_tensor& output = outputs[i];
    Value& value = values_[i];
    const auto dtype = static_cast<DType>(output.dtype);
    std::vector<int64_t> dims(output.dims, output.dims + output.rank);
    Tensor tensor(dtype, dims);
    const auto bytes = static_cast<size_t>(tensor.byte_size());
    if (bytes > 0) std::memcpy(tensor.bytes(), output.data, bytes);
    if (value.is_scalar) {
      value.bytes.assign(tensor.bytes(), tensor.bytes() + bytes);
      value.sum += static_cast<double>(rows) * tensor.get_double(0);
      continue;
    }
    if (batches_ == 0 || !value.is_kept) {
      value.dims = dims;
      value.bytes.assign(tensor.bytes(), tensor.bytes() + bytes);
      continue;
    }
    if (!std::equal(dims.begin() + 1, dims.end(), value.dims.begin() + 1, value.dims.end())) {
      diagnostics.error("input-rows", "output '" + function_.outputs[i].name +
                                          "' cannot be put together from batches: one is " +
                                          dims_text(value.dims) + ", another " + dims_text(dims));
      return false;
    }
    value.dims[0] += dims[0];
    value.bytes.insert(value.bytes.end(), tensor.bytes(), tensor.bytes() + bytes);
  }
  rows_ += rows;
  ++batches_;
  return true;
}

double Results::average(size_t output) const {
  return rows_ == 0 ? 0 : values_[output].sum / static_cast<double>(rows_);
}

std::string Results::short_text() const {
  std::string text;
  for (size_t i = 0; i < values_.size(); ++i) {
    if (!values_[i].is_scalar) continue;
    const double value = average(i);
    const bool is_plain = value == 0 || (std::abs(value) >= 1e-3 && std::abs(value) < 1e4);
    char number[48];
    std::snprintf(number, sizeof number, is_plain ? "%.4f" : "%.3e", value);
    text += (text.empty() ? "" : "  ") + function_.outputs[i].name + " " + number;
  }
  return text;
}

Tensor Results::array(size_t output) const {
  const Value& value = values_[output];
  if (value.is_scalar && batches_ > 1) {
    return Tensor::scalar(is_float(value.dtype) ? value.dtype : DType::float64, average(output));
  }
  Tensor tensor(value.dtype, value.dims);
  TGC_CHECK(static_cast<size_t>(tensor.byte_size()) == value.bytes.size(),
            "an output has another size than its dims say");
  if (!value.bytes.empty()) std::memcpy(tensor.bytes(), value.bytes.data(), value.bytes.size());
  return tensor;
}

std::string Results::file_bytes(const OutputOption& option) const {
  if (option.path.ends_with(".npy")) return npy_bytes(array(option.outputs.front()));
  std::vector<NamedTensor> tensors;
  for (const size_t output : option.outputs) {
    tensors.push_back({function_.outputs[output].name, array(output)});
  }
  return option.path.ends_with(".npz") ? npz_bytes(tensors) : safetensors_bytes(tensors);
}

std::string Results::text(size_t output) const {
  const Tensor tensor = array(output);
  const std::string name = function_.outputs[output].name + ": ";
  if (values_[output].is_scalar) return name + element_text(tensor, 0) + "\n";
  std::string text = name + std::string(dtype_name(tensor.dtype())) + dims_text(tensor.dims());
  if (batches_ > 1 && !values_[output].is_kept) return text + " in the last batch\n";
  if (tensor.size() > kShownElements || tensor.size() == 0) return text + "\n";
  std::vector<std::string> elements;
  for (int64_t i = 0; i < tensor.size(); ++i) elements.push_back(element_text(tensor, i));
  return text + " " + join(elements, " ") + "\n";
}

}  // namespace tgc
