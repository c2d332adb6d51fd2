// SPDX-License-Identifier: Apache-2.0
// See run_inputs.h.
#include "tgc/run_inputs.h"

#include <algorithm>

#include "json/json_parser.h"
#include "json/literal.h"
#include "json/tensor_archive.h"
#include "support/text.h"
#include "tgc/cast_input.h"
#include "tgc/subcommand.h"

namespace tgc {
namespace {

struct Source {
  std::string path;    // "": a literal
  std::string member;  // of a file of many
};

constexpr std::string_view kExtensions[] = {".npy", ".npz", ".safetensors"};

Source parse_source(const InputOption& option) {
  for (const std::string_view extension : kExtensions) {
    for (size_t at = option.source.find(extension); at != std::string::npos;
         at = option.source.find(extension, at + 1)) {
      const size_t end = at + extension.size();
      if (end == option.source.size()) return {option.source, option.name};
      if (option.source[end] == ':') {
        return {option.source.substr(0, end), option.source.substr(end + 1)};
      }
    }
  }
  return {};
}

// The dims of nested arrays, going down first elements.
std::vector<int64_t> dims_of(JsonValue value) {
  std::vector<int64_t> dims;
  while (value.is_array()) {
    const std::vector<JsonValue> elements = value.elements();
    dims.push_back(static_cast<int64_t>(elements.size()));
    if (elements.empty()) break;
    value = elements.front();
  }
  return dims;
}

// A number or nested list, written in any dtype that holds it: rounding a decimal is no loss.
std::optional<Tensor> read_literal_source(const InputOption& option, DType dtype,
                                          Diagnostics& diagnostics) {
  const std::string what = "input '" + option.name + "'";
  if (const auto number = non_finite(option.source); number && is_float(dtype)) {
    return Tensor::scalar(dtype, *number);
  }
  Diagnostics syntax;
  const auto document = parse_json("", option.source, JsonLimits(), syntax);
  if (!document) {
    diagnostics
        .error("input-value",
               what + ": '" + option.source + "' is neither a number, a list, nor a file of arrays")
        .hint = "files end in .npy, .npz or .safetensors, of the last two FILE:MEMBER may be given";
    return std::nullopt;
  }
  return read_inline_tensor(document->root(), dtype, dims_of(document->root()), what, diagnostics);
}

// What is wrong with the file is told as the option's, not as that of weights.
std::optional<Tensor> read_array_file(const InputOption& option, const Source& source,
                                      Diagnostics& diagnostics) {
  Location file;
  file.file = source.path;
  Diagnostics of_file;
  std::optional<Tensor> value;
  auto archive = TensorArchive::open(source.path, file, of_file);
  if (archive) value = archive->read(source.member, file, of_file);
  for (const Diagnostic& found : of_file.all()) {
    Diagnostic told = found;
    const bool names_file = told.message.find(source.path) != std::string::npos;
    told.message =
        "input '" + option.name + "': " + (names_file ? "" : source.path + ": ") + told.message;
    told.code = "input-file";
    told.location = {};
    diagnostics.add(std::move(told));
  }
  return value;
}

std::string type_text(const Tensor& tensor) {
  std::vector<std::string> dims;
  for (const int64_t dim : tensor.dims()) dims.push_back(std::to_string(dim));
  const std::string dtype(dtype_name(tensor.dtype()));
  return dims.empty() ? dtype + " scalar" : dtype + "[" + join(dims, ", ") + "]";
}

}  // namespace

std::optional<Tensor> read_input(const InputOption& option, const ManifestValue& wanted,
                                 bool allow_downcast, Diagnostics& diagnostics) {
  const DType dtype = parse_dtype(wanted.dtype).value_or(DType::float32);
  const Source source = parse_source(option);
  std::optional<Tensor> value = source.path.empty()
                                    ? read_literal_source(option, dtype, diagnostics)
                                    : read_array_file(option, source, diagnostics);
  if (!value) return std::nullopt;
  if (value->dims().size() != wanted.shape.size()) {
    diagnostics.error("input-shape", "input '" + wanted.name + "' is " + wanted.type_text() + ", " +
                                         option.source + " is " + type_text(*value));
    return std::nullopt;
  }
  std::string reason;
  auto cast = cast_input(*value, dtype, allow_downcast, reason);
  if (!cast) {
    diagnostics
        .error("input-type", "input '" + wanted.name + "' is " + wanted.type_text() + ", " +
                                 option.source + " is " + type_text(*value) + ": " + reason)
        .hint = is_complex(value->dtype()) && !is_complex(dtype)
                    ? "give its real part, imaginary part or length"
                    : "convert the values, or pass --allow-downcast (Theano's "
                      "allow_input_downcast=True)";
  }
  return cast;
}

std::vector<InputOption> input_options(const std::vector<std::string>& options) {
  std::vector<InputOption> inputs;
  for (const std::string& option : options) {
    const size_t equals = option.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw UsageError("--in " + option + ": expected NAME=VALUE, e.g. x=x.npy");
    }
    const std::string name = option.substr(0, equals);
    const bool is_known = std::any_of(inputs.begin(), inputs.end(),
                                      [&](const InputOption& input) { return input.name == name; });
    if (is_known) throw UsageError("--in " + name + "=... is given twice");
    inputs.push_back({name, option.substr(equals + 1)});
  }
  return inputs;
}

std::string source_file(const InputOption& option) {
  return parse_source(option).path;
}

std::optional<std::vector<Tensor>> read_inputs(const std::vector<InputOption>& options,
                                               const ManifestFunction& function,
                                               bool allow_downcast, Diagnostics& diagnostics) {
  std::vector<std::string> names;
  for (const ManifestValue& input : function.inputs) names.push_back(input.name);
  const int errors_before = diagnostics.error_count();
  for (const InputOption& option : options) {
    if (std::find(names.begin(), names.end(), option.name) != names.end()) continue;
    const std::string nearest = nearest_name(option.name, names);
    diagnostics
        .error("input-name", "function '" + function.name + "' has no input '" + option.name + "'")
        .hint = !nearest.empty() ? "did you mean '" + nearest + "'?"
                : names.empty()  ? "it has no inputs"
                                 : "its inputs are " + join(names, ", ");
  }
  std::vector<Tensor> values;
  for (const ManifestValue& input : function.inputs) {
    const auto option = std::find_if(options.rbegin(), options.rend(),
                                     [&](const InputOption& o) { return o.name == input.name; });
    if (option == options.rend()) {
      diagnostics
          .error("input-name", "function '" + function.name + "' needs input '" + input.name +
                                   "', " + input.type_text())
          .hint = "pass --in " + input.name + "=FILE.npy";
      continue;
    }
    auto value = read_input(*option, input, allow_downcast, diagnostics);
    if (value) values.push_back(std::move(*value));
  }
  if (diagnostics.error_count() > errors_before) return std::nullopt;
  return values;
}

}  // namespace tgc
