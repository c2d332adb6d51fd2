// SPDX-License-Identifier: Apache-2.0
// The C API (tgc/runtime.h) for C++17: objects that clean up after themselves, and exceptions. All
// of it is in this one header (longer than most for that), so the library's ABI stays that of C.
//
//   tgc::Engine engine("digits.tgc");                        // the bundle
//   tgc::Context context(engine);                            // memory, and a state of its own
//   tgc::Array x({1, 64}, std::vector<float>(64, 0.5f));
//   std::vector<tgc::Array> results = context.call("predict", {x});
//
// The rules on threads are those of runtime.h. Engines and contexts can be moved, not copied;
// copies of a State are the same state. A context keeps its engine and state alive.
#ifndef TGC_RUNTIME_HPP
#define TGC_RUNTIME_HPP

#include <complex>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "tgc/runtime.h"

namespace tgc {

class RuntimeError : public std::runtime_error {
 public:
  RuntimeError(tgc_status status, const std::string& message)
      : std::runtime_error(message), status_(status) {}
  tgc_status status() const { return status_; }

 private:
  tgc_status status_;
};

namespace detail {

inline tgc_error fresh_error() {
  tgc_error error = {};
  error.size = sizeof error;
  return error;
}
inline void check(tgc_status status, const tgc_error& error) {
  if (status != TGC_OK) throw RuntimeError(status, error.message);
}

template <class T>
constexpr uint32_t element_type() {
  if (std::is_same<T, bool>::value) return TGC_BOOL;
  if (std::is_same<T, float>::value) return TGC_FLOAT32;
  if (std::is_same<T, double>::value) return TGC_FLOAT64;
  if (std::is_same<T, std::complex<float>>::value) return TGC_COMPLEX64;
  if (std::is_same<T, std::complex<double>>::value) return TGC_COMPLEX128;
  constexpr uint32_t base = std::is_signed<T>::value ? TGC_INT8 : TGC_UINT8;
  return base + (sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3);
}

}  // namespace detail

// Bytes of one element of TGC_FLOAT32, …; 0 for a number that is no dtype.
inline size_t element_bytes(uint32_t dtype) {
  constexpr unsigned char bytes[] = {1, 1, 2, 4, 8, 1, 2, 4, 8, 2, 4, 8, 8, 16};
  return dtype < sizeof bytes ? bytes[dtype] : 0;
}

namespace detail {

// Memory at multiples of 64 bytes: vector loads that cross cache lines take twice as long.
template <class T>
struct AlignedAllocator {
  using value_type = T;
  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>&) {}
  T* allocate(size_t count) {
    return static_cast<T*>(::operator new(count * sizeof(T), std::align_val_t(64)));
  }
  void deallocate(T* memory, size_t) { ::operator delete(memory, std::align_val_t(64)); }
  friend bool operator==(const AlignedAllocator&, const AlignedAllocator&) { return true; }
  friend bool operator!=(const AlignedAllocator&, const AlignedAllocator&) { return false; }
};

}  // namespace detail

// A contiguous row-major array on the host that owns its elements.
class Array {
 public:
  Array() : Array(Zeros(), TGC_FLOAT32, {0}) {}
  template <class T>
  Array(std::vector<int64_t> dims, const std::vector<T>& values)
      : Array(Zeros(), detail::element_type<T>(), std::move(dims)) {
    if (values.size() != count()) throw std::invalid_argument("tgc::Array: wrong number of values");
    for (size_t i = 0; i < values.size(); ++i) {
      const T value = values[i];  // std::vector<bool> has no elements in memory
      std::memcpy(bytes_.data() + i * sizeof(T), &value, sizeof(T));
    }
  }
  static Array zeros(uint32_t dtype, std::vector<int64_t> dims) {
    return Array(Zeros(), dtype, std::move(dims));
  }
  template <class T>
  static Array scalar(T value) {
    return Array(std::vector<int64_t>(), std::vector<T>(1, value));
  }

  uint32_t dtype() const { return dtype_; }
  const std::vector<int64_t>& dims() const { return dims_; }
  size_t count() const {  // of elements
    size_t product = 1;
    for (const int64_t dim : dims_) product *= static_cast<size_t>(dim);
    return product;
  }
  size_t byte_count() const { return bytes_.size(); }
  void* bytes() { return bytes_.data(); }
  const void* bytes() const { return bytes_.data(); }

  // T must be the C++ type of dtype(); float16 is uint16_t.
  template <class T>
  T* data() {
    check_type<T>();
    return reinterpret_cast<T*>(bytes_.data());
  }
  template <class T>
  const T* data() const {
    check_type<T>();
    return reinterpret_cast<const T*>(bytes_.data());
  }
  // The first element.
  template <class T>
  T value() const {
    if (count() == 0) throw std::out_of_range("tgc::Array: there is no element");
    return *data<T>();
  }

  // The array as the C API takes it, valid while this object lives and keeps its dims.
  tgc_tensor view() const {
    tgc_tensor tensor = {};
    tensor.data = const_cast<unsigned char*>(bytes_.data());
    tensor.dtype = dtype_;
    tensor.rank = static_cast<uint32_t>(dims_.size());
    if (dims_.size() > TGC_MAX_RANK) throw std::length_error("tgc::Array: too many dims");
    for (size_t i = 0; i < dims_.size(); ++i) tensor.dims[i] = dims_[i];
    tensor.capacity = bytes_.size();
    return tensor;
  }
  // A copy of a contiguous tensor.
  static Array copy_of(const tgc_tensor& tensor) {
    Array array = zeros(tensor.dtype, {tensor.dims, tensor.dims + tensor.rank});
    if (!array.bytes_.empty()) {
      std::memcpy(array.bytes_.data(), tensor.data, array.bytes_.size());
    }
    return array;
  }

 private:
  struct Zeros {};
  Array(Zeros, uint32_t dtype, std::vector<int64_t> dims)
      : dtype_(dtype), dims_(std::move(dims)), bytes_(count() * element_bytes(dtype)) {}

  template <class T>
  void check_type() const {
    const bool is_half = dtype_ == TGC_FLOAT16 && std::is_same<T, uint16_t>::value;
    const bool is_byte = dtype_ == TGC_BOOL && std::is_same<T, uint8_t>::value;
    if (detail::element_type<T>() != dtype_ && !is_half && !is_byte) {
      throw std::invalid_argument("tgc::Array: the elements are of another type");
    }
  }

  uint32_t dtype_;
  std::vector<int64_t> dims_;
  std::vector<unsigned char, detail::AlignedAllocator<unsigned char>> bytes_;
};

struct ValueInfo {
  std::string name;
  uint32_t dtype = 0;
  std::vector<int64_t> dims;  // -1 where only a call knows
};

struct FunctionInfo {
  std::string name;
  std::vector<ValueInfo> inputs;
  std::vector<ValueInfo> outputs;
  uint32_t update_count = 0;
};

struct EngineOptions {
  std::string device;  // "": as configured, else the CPU
  int threads = 0;     // 0: as configured, else all cores
  double preallocate = 0;
  bool check_digests = true;

  tgc_options c_options() const {
    tgc_options options = {};
    options.size = sizeof options;
    options.device = device.empty() ? nullptr : device.c_str();
    options.threads = threads;
    options.preallocate = preallocate;
    options.check_digests = check_digests ? 0 : -1;
    return options;
  }
};

// Why the bundle cannot run here, or "" if it can.
inline std::string check_bundle(const std::string& path, const EngineOptions& options = {}) {
  const tgc_options wanted = options.c_options();
  tgc_error error = detail::fresh_error();
  return tgc_bundle_check(path.c_str(), &wanted, &error) == TGC_OK ? "" : error.message;
}

class Engine {
 public:
  explicit Engine(const std::string& path, const EngineOptions& options = {}) {
    const tgc_options wanted = options.c_options();
    tgc_error error = detail::fresh_error();
    tgc_engine* engine = nullptr;
    detail::check(tgc_engine_open(path.c_str(), &wanted, &engine, &error), error);
    engine_.reset(engine);
  }

  tgc_engine* get() const { return engine_.get(); }
  std::string name() const { return tgc_engine_name(get()); }
  std::string device() const { return tgc_engine_device(get()); }
  uint32_t function_count() const { return tgc_function_count(get()); }

  bool has_function(const std::string& name) const {
    return tgc_function_find(get(), name.c_str()) >= 0;
  }
  uint32_t function(const std::string& name) const {
    const int32_t number = tgc_function_find(get(), name.c_str());
    if (number < 0) {
      throw RuntimeError(TGC_ERROR_ARGUMENT, "the bundle has no function '" + name + "'");
    }
    return static_cast<uint32_t>(number);
  }
  FunctionInfo describe(uint32_t function) const {
    tgc_function_info counts = {};
    tgc_error error = detail::fresh_error();
    detail::check(tgc_function_describe(get(), function, &counts, &error), error);
    FunctionInfo info;
    info.name = counts.name;
    info.update_count = counts.update_count;
    for (uint32_t i = 0; i < counts.input_count; ++i) {
      info.inputs.push_back(value_info(tgc_input_describe, function, i));
    }
    for (uint32_t i = 0; i < counts.output_count; ++i) {
      info.outputs.push_back(value_info(tgc_output_describe, function, i));
    }
    return info;
  }
  std::vector<ValueInfo> shared() const {
    std::vector<ValueInfo> list;
    for (uint32_t i = 0; i < tgc_shared_count(get()); ++i) {
      tgc_value_info info = {};
      tgc_error error = detail::fresh_error();
      detail::check(tgc_shared_describe(get(), i, &info, &error), error);
      list.push_back({info.name, info.dtype, {info.dims, info.dims + info.rank}});
    }
    return list;
  }

 private:
  using Describe = tgc_status (*)(const tgc_engine*, uint32_t, uint32_t, tgc_value_info*,
                                  tgc_error*);
  ValueInfo value_info(Describe ask, uint32_t function, uint32_t number) const {
    tgc_value_info info = {};
    tgc_error error = detail::fresh_error();
    detail::check(ask(get(), function, number, &info, &error), error);
    return {info.name, info.dtype, {info.dims, info.dims + info.rank}};
  }

  struct Close {
    void operator()(tgc_engine* engine) const { tgc_engine_close(engine); }
  };
  std::unique_ptr<tgc_engine, Close> engine_;
};

// The values of the shared variables. Copies are the same state.
class State {
 public:
  explicit State(const Engine& engine) {
    tgc_error error = detail::fresh_error();
    tgc_state* state = nullptr;
    detail::check(tgc_state_new(engine.get(), &state, &error), error);
    state_.reset(state, tgc_state_release);
  }
  // Takes a reference of its own.
  explicit State(tgc_state* state) : state_(state, tgc_state_release) { tgc_state_retain(state); }

  tgc_state* get() const { return state_.get(); }

  Array value(const std::string& name) const {
    tgc_tensor tensor = {};
    tgc_error error = detail::fresh_error();
    detail::check(tgc_state_get(get(), name.c_str(), &tensor, &error), error);
    Array array = Array::zeros(tensor.dtype, {tensor.dims, tensor.dims + tensor.rank});
    tensor = array.view();
    if (array.byte_count() > 0) {
      detail::check(tgc_state_get(get(), name.c_str(), &tensor, &error), error);
    }
    return array;
  }
  void set(const std::string& name, const Array& value) {
    const tgc_tensor tensor = value.view();
    tgc_error error = detail::fresh_error();
    detail::check(tgc_state_set(get(), name.c_str(), &tensor, &error), error);
  }
  void save(const std::string& path) const {
    tgc_error error = detail::fresh_error();
    detail::check(tgc_state_save(get(), path.c_str(), &error), error);
  }
  void load(const std::string& path) {
    tgc_error error = detail::fresh_error();
    detail::check(tgc_state_load(get(), path.c_str(), &error), error);
  }

 private:
  std::shared_ptr<tgc_state> state_;
};

class Context {
 public:
  // With a state of its own.
  explicit Context(const Engine& engine) { make(engine, nullptr); }
  Context(const Engine& engine, const State& state) { make(engine, state.get()); }

  tgc_context* get() const { return context_.get(); }
  State state() const { return State(tgc_context_state(get())); }
  void set_state(const State& state) {
    tgc_error error = detail::fresh_error();
    detail::check(tgc_context_set_state(get(), state.get(), &error), error);
  }

  // The outputs stay in the context's memory until its next call.
  void call(uint32_t function, const std::vector<tgc_tensor>& inputs,
            std::vector<tgc_tensor>& outputs) {
    tgc_error error = detail::fresh_error();
    detail::check(tgc_call(get(), function, inputs.data(), static_cast<uint32_t>(inputs.size()),
                           outputs.data(), static_cast<uint32_t>(outputs.size()), &error),
                  error);
  }
  // The same with copies of the results.
  std::vector<Array> call(uint32_t function, const std::vector<Array>& inputs) {
    std::vector<tgc_tensor> views;
    for (const Array& input : inputs) views.push_back(input.view());
    std::vector<tgc_tensor> outputs(output_count(function));
    call(function, views, outputs);
    std::vector<Array> results;
    for (const tgc_tensor& output : outputs) results.push_back(Array::copy_of(output));
    return results;
  }
  std::vector<Array> call(const std::string& function, const std::vector<Array>& inputs) {
    const int32_t number = tgc_function_find(engine_, function.c_str());
    if (number < 0) {
      throw RuntimeError(TGC_ERROR_ARGUMENT, "the bundle has no function '" + function + "'");
    }
    return call(static_cast<uint32_t>(number), inputs);
  }
  uint64_t memory_need(uint32_t function, const std::vector<tgc_tensor>& inputs) {
    tgc_error error = detail::fresh_error();
    uint64_t bytes = 0;
    detail::check(tgc_memory_need(get(), function, inputs.data(),
                                  static_cast<uint32_t>(inputs.size()), &bytes, &error),
                  error);
    return bytes;
  }
  // One line a step, counted from the first time this is called.
  std::string profile() { return tgc_context_profile(get()); }

 private:
  void make(const Engine& engine, tgc_state* state) {
    tgc_error error = detail::fresh_error();
    tgc_context* context = nullptr;
    detail::check(tgc_context_new(engine.get(), state, &context, &error), error);
    context_.reset(context);
    engine_ = engine.get();
  }
  size_t output_count(uint32_t function) const {
    tgc_function_info info = {};
    tgc_error error = detail::fresh_error();
    detail::check(tgc_function_describe(engine_, function, &info, &error), error);
    return info.output_count;
  }

  struct Free {
    void operator()(tgc_context* context) const { tgc_context_free(context); }
  };
  std::unique_ptr<tgc_context, Free> context_;
  const tgc_engine* engine_ = nullptr;  // lives as long as the context
};

}  // namespace tgc

#endif
