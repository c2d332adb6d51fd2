// SPDX-License-Identifier: Apache-2.0
// See tensor_value.h.
#include "json/tensor_value.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "json/initializer.h"
#include "json/literal.h"
#include "json/object_reader.h"

namespace tgc {
namespace {

constexpr int64_t kMostOrthogonalSteps = int64_t{1} << 33;

std::vector<std::string> initializer_names() {
  std::vector<std::string> names;
  for (const Initializer& initializer : initializers()) names.emplace_back(initializer.name);
  return names;
}

std::nullopt_t refuse(JsonValue where, const char* code, const std::string& message,
                      const std::string& hint, Diagnostics& diagnostics) {
  diagnostics.error(code, message, where.location()).hint = hint;
  return std::nullopt;
}

// Does making this value stay within memory and time?
bool check_cost(const Initializer& initializer, const TensorType& type,
                const std::vector<int64_t>& dims, JsonValue where, const std::string& what,
                ReadContext& context) {
  const int64_t count = element_count(dims, dtype_size(type.dtype)).value_or(0);
  const int64_t limit = context.options.limits.max_initial_bytes;
  const int64_t bytes = count * dtype_size(type.dtype);
  if (bytes > limit - context.initial_bytes) {
    refuse(where, "too-large",
           what + ": " + type_text(type) + " takes " + std::to_string(bytes) +
               " bytes; all values made by initialisers may take " + std::to_string(limit) +
               (context.initial_bytes > 0
                    ? ", of which " + std::to_string(context.initial_bytes) + " are taken"
                    : ""),
           "put large values into a .npy, .npz or .safetensors file", context.diagnostics);
    return false;
  }
  context.initial_bytes += bytes;
  if (initializer.name == "orthogonal" && count > 0) {
    const int64_t shorter = std::min(dims[0], count / dims[0]);
    if (count > kMostOrthogonalSteps / std::max<int64_t>(shorter, 1)) {
      refuse(where, "too-large",
             what + ": " + type_text(type) + " is too large for orthogonal, which takes " +
                 std::to_string(shorter) + " * " + std::to_string(shorter) + " * " +
                 std::to_string(count / shorter) + " steps",
             "make it with NumPy and put it into a .npy file", context.diagnostics);
      return false;
    }
  }
  return true;
}

void copy_element(const Tensor& one, Tensor& tensor, int64_t index) {
  const auto size = static_cast<size_t>(one.byte_size());
  std::memcpy(tensor.bytes() + static_cast<size_t>(index) * size, one.bytes(), size);
}

std::optional<double> read_parameter(ObjectReader& object, const InitParameter& parameter) {
  if (parameter.fallback) {
    const auto value = object.optional(parameter.name, JsonKind::number);
    return value ? value->real() : *parameter.fallback;
  }
  object.required(parameter.name);  // "value": of any dtype, read as an element
  return std::nullopt;
}

// Does the initialiser make values of this type?
bool check_type(const Initializer& initializer, const TensorType& type,
                const std::vector<int64_t>& dims, JsonValue where, const std::string& what,
                ReadContext& context) {
  const std::string name(initializer.name);
  if (const GeneratorState* const state = initializer.state) {
    if (state->fits(type.dtype, dims)) return true;
    const std::string shape =
        (state->has_rows ? "[streams, " : "[") + std::to_string(state->words) + "]";
    refuse(where, "bad-initializer",
           what + ": " + name + " makes " + std::string(dtype_name(state->dtype)) + " " + shape +
               ", the type is " + type_text(type),
           R"(declare it as "dtype": ")" + std::string(dtype_name(state->dtype)) +
               R"(", "shape": )" + (state->has_rows ? "[1, 6]" : shape),
           context.diagnostics);
    return false;
  }
  if (initializer.random && !is_float(type.dtype)) {
    refuse(
        where, "bad-initializer",
        what + ": " + name + " makes floats, the dtype is " + std::string(dtype_name(type.dtype)),
        "for integers there are zeros, ones and constant", context.diagnostics);
    return false;
  }
  if (dims.size() >= initializer.min_rank) return true;
  refuse(where, "bad-initializer",
         what + ": " + name + " needs at least " + std::to_string(initializer.min_rank) +
             " dims, the shape is " + shape_text(type.shape),
         "for a vector there are uniform, normal and zeros", context.diagnostics);
  return false;
}

// Are the numbers that a generator's state is made from in their ranges?
bool check_numbers(const Initializer& initializer, uint64_t seed,
                   const std::vector<double>& parameters, JsonValue where, const std::string& what,
                   ReadContext& context) {
  const GeneratorState* const state = initializer.state;
  if (state == nullptr) return true;
  const std::string name(initializer.name);
  if (seed < state->least_seed || seed > state->most_seed) {
    refuse(where, "bad-initializer",
           what + ": a seed of " + name + " is from " + std::to_string(state->least_seed) + " to " +
               std::to_string(state->most_seed) + ", got " + std::to_string(seed),
           "such as \"seed\": 1234", context.diagnostics);
    return false;
  }
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (parameters[i] >= 0 && parameters[i] < 0x1p32 &&
        parameters[i] == std::floor(parameters[i])) {
      continue;
    }
    const std::string parameter(initializer.parameters[i].name);
    refuse(where, "bad-initializer",
           what + ": " + parameter + " of " + name + " is an integer from 0 to 2^32 - 1",
           "such as \"" + parameter + "\": 0", context.diagnostics);
    return false;
  }
  return true;
}

std::optional<Tensor> read_initializer(ObjectReader& object, JsonValue init, const TensorType& type,
                                       const std::vector<int64_t>& dims, const std::string& what,
                                       ReadContext& context) {
  const Initializer* initializer = find_initializer(init.string());
  if (initializer == nullptr) {
    return refuse(init, "bad-initializer", what + ": unknown initialiser '" + init.string() + "'",
                  suggestion(init.string(), initializer_names(), "the initialisers are"),
                  context.diagnostics);
  }
  uint64_t seed = 0;
  if (initializer->random) {
    const auto value = object.required("seed", JsonKind::number);
    if (value && !value->uint64()) {
      return refuse(*value, "bad-initializer",
                    what + ": the seed must be an integer from 0 to 2^64 - 1, got " +
                        std::string(value->source()),
                    "such as \"seed\": 1", context.diagnostics);
    }
    if (value) seed = *value->uint64();
  }
  std::vector<double> parameters;
  for (const InitParameter& parameter : initializer->parameters) {
    parameters.push_back(read_parameter(object, parameter).value_or(0));
  }
  if (!object.finish()) return std::nullopt;
  if (!check_type(*initializer, type, dims, init, what, context) ||
      !check_numbers(*initializer, seed, parameters, init, what, context)) {
    return std::nullopt;
  }
  if (!check_cost(*initializer, type, dims, init, what, context)) return std::nullopt;
  Tensor one(type.dtype, {});
  if (initializer->fill == nullptr &&
      !read_element(*object.value().find("value"), one, 0, what, context.diagnostics)) {
    return std::nullopt;
  }
  Tensor tensor(type.dtype, dims);
  if (initializer->fill == nullptr) {
    for (int64_t i = 0; i < tensor.size(); ++i) copy_element(one, tensor, i);
  } else {
    initializer->fill(tensor, seed, parameters);
  }
  return tensor;
}

std::string shape_hint(const std::vector<int64_t>& declared, const std::vector<int64_t>& stored) {
  if (declared != stored &&
      std::equal(declared.begin(), declared.end(), stored.rbegin(), stored.rend())) {
    return "it looks transposed: save the tensor's .T, or declare the other shape";
  }
  Shape shape;
  for (const int64_t dim : stored) shape.emplace_back(dim);
  return "declare \"shape\": " + shape_text(shape) + ", or save the tensor reshaped";
}

// {"file": "weights.npz", "member": "w"}
std::optional<Tensor> read_file_value(ObjectReader& object, JsonValue file, const TensorType& type,
                                      const std::vector<int64_t>& dims, const std::string& name,
                                      ReadContext& context) {
  auto& diagnostics = context.diagnostics;
  const auto member = object.optional("member", JsonKind::string);
  if (!object.finish()) return std::nullopt;
  if (file.string().empty()) {
    return refuse(file, "weights-missing", object.what() + ": the file's name is empty",
                  "name a .npy, .npz or .safetensors file", diagnostics);
  }
  TensorArchive* archive = context.open_weights(file.string(), file.location());
  if (archive == nullptr) return std::nullopt;
  const std::string& wanted = member ? member->string() : name;
  const Location where = (member ? *member : file).location();
  const ArchiveEntry* entry = archive->header(wanted, where, diagnostics);
  if (entry == nullptr) return std::nullopt;
  TensorType stored;
  stored.dtype = entry->dtype;
  for (const int64_t dim : entry->dims) stored.shape.emplace_back(dim);
  // Safetensors has no complex128: the parts are a last axis of float64.
  std::vector<int64_t> with_parts = dims;
  with_parts.push_back(2);
  const bool has_parts = type.dtype == DType::complex128 && stored.dtype == DType::float64 &&
                         entry->dims == with_parts;
  if (has_parts) {
    const auto parts = archive->read(wanted, where, diagnostics);
    if (!parts) return std::nullopt;
    Tensor whole(type.dtype, dims);
    std::memcpy(whole.bytes(), parts->bytes(), static_cast<size_t>(whole.byte_size()));
    return whole;
  }
  if (stored.dtype != type.dtype || entry->dims != dims) {
    const bool is_dtype = stored.dtype != type.dtype;
    const std::string dtype(dtype_name(stored.dtype));
    diagnostics
        .error(is_dtype ? "weights-dtype" : "weights-shape",
               object.what() + ": declared " + type_text(type) + ", but '" + file.string() +
                   "' holds " + type_text(stored),
               where)
        .hint = is_dtype
                    ? "declare \"dtype\": \"" + dtype + "\", or save the tensor with astype('" +
                          std::string(dtype_name(type.dtype)) + "')"
                    : shape_hint(dims, entry->dims);
    return std::nullopt;
  }
  return archive->read(wanted, where, diagnostics);
}

}  // namespace

std::optional<Tensor> read_tensor_value(JsonValue value, const TensorType& type,
                                        const std::string& name, const std::string& what,
                                        ReadContext& context) {
  std::vector<int64_t> dims;
  for (const DimExpr& dim : type.shape) dims.push_back(dim.constant().value_or(0));
  const bool is_number = is_complex(type.dtype) && (value.find("re") || value.find("im"));
  if (!value.is_object() || is_number) {
    return read_inline_tensor(value, type.dtype, dims, what, context.diagnostics);
  }
  auto object = ObjectReader::open(value, what + ": value", context.diagnostics);
  const bool is_init = value.find("init").has_value();
  if (!is_init && !value.find("file")) {
    return refuse(value, "missing-key", what + ": value has neither 'init' nor 'file'",
                  R"(write a number, nested arrays, {"init": "zeros"} or {"file": "w.npy"})",
                  context.diagnostics);
  }
  const auto text = object->required(is_init ? "init" : "file", JsonKind::string);
  if (!text) return std::nullopt;
  if (is_init) return read_initializer(*object, *text, type, dims, what, context);
  return read_file_value(*object, *text, type, dims, name, context);
}

}  // namespace tgc
