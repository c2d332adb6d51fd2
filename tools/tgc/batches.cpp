// SPDX-License-Identifier: Apache-2.0
// See batches.h.
#include "tgc/batches.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "support/check.h"

namespace tgc {
namespace {

bool is_symbol(const std::string& dim) {
  return dim.empty() || dim.find_first_not_of("0123456789") != std::string::npos;
}

// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
uint64_t next_random(uint64_t& state) {
  state += 0x9E3779B97F4A7C15U;
  uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

int64_t row_bytes(const Tensor& tensor) {
  const int64_t rows = tensor.dims().front();
  return rows == 0 ? 0 : tensor.byte_size() / rows;
}

}  // namespace

std::vector<bool> inputs_to_cut(const ManifestFunction& function,
                                const std::vector<Tensor>& inputs) {
  std::string symbol;
  for (const ManifestValue& input : function.inputs) {
    if (symbol.empty() && !input.shape.empty() && is_symbol(input.shape.front())) {
      symbol = input.shape.front();
    }
  }
  std::vector<bool> is_cut;
  for (size_t i = 0; i < function.inputs.size(); ++i) {
    const std::vector<std::string>& shape = function.inputs[i].shape;
    if (shape.empty()) {
      is_cut.push_back(false);
    } else if (!symbol.empty()) {
      is_cut.push_back(shape.front() == symbol);
    } else {
      is_cut.push_back(std::to_string(inputs[i].dims().front()) != shape.front());
    }
  }
  return is_cut;
}

void tell_what_is_whole(const ManifestFunction& function, const std::vector<bool>& is_cut,
                        Diagnostics& diagnostics) {
  std::string cut;  // the first input that is cut, as "'x' (n)"
  for (size_t i = 0; i < is_cut.size(); ++i) {
    const ManifestValue& input = function.inputs[i];
    const bool is_batch = !input.shape.empty() && is_symbol(input.shape.front());
    if (is_cut[i] && cut.empty()) cut = "'" + input.name + "' (" + input.shape.front() + ")";
    if (is_cut[i] || !is_batch || cut.empty()) continue;
    diagnostics.note("input-rows", "input '" + input.name + "' (" + input.shape.front() +
                                       ") is given whole to each batch: batches are cut along the "
                                       "leading dim of " +
                                       cut);
  }
}

std::optional<int64_t> row_count(const ManifestFunction& function,
                                 const std::vector<Tensor>& inputs, const std::vector<bool>& is_cut,
                                 Diagnostics& diagnostics) {
  std::optional<size_t> first;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!is_cut[i]) continue;
    if (!first) first = i;
    if (inputs[i].dims().front() == inputs[*first].dims().front()) continue;
    diagnostics.error("input-rows",
                      "the inputs that are cut into batches must have equally many rows: '" +
                          function.inputs[*first].name + "' has " +
                          std::to_string(inputs[*first].dims().front()) + ", '" +
                          function.inputs[i].name + "' has " +
                          std::to_string(inputs[i].dims().front()));
    return std::nullopt;
  }
  if (!first || inputs[*first].dims().front() == 0) {
    diagnostics.error("input-rows", "function '" + function.name +
                                        "' has no rows to go over in batches: " +
                                        (first ? "its inputs are empty"
                                               : "none of its inputs has a leading dim "
                                                 "that may vary"));
    return std::nullopt;
  }
  return inputs[*first].dims().front();
}

// Fisher and Yates; a modulus of 64 bits is unbiased to 2^-40 for any count that fits memory.
std::vector<int64_t> shuffled_rows(int64_t count, uint64_t seed, int64_t epoch) {
  std::vector<int64_t> rows(static_cast<size_t>(count));
  std::iota(rows.begin(), rows.end(), int64_t{0});
  uint64_t state = seed;
  state = next_random(state) + static_cast<uint64_t>(epoch) * 0x9E3779B97F4A7C15U;
  for (size_t i = rows.size(); i > 1; --i) {
    std::swap(rows[i - 1], rows[static_cast<size_t>(next_random(state) % i)]);
  }
  return rows;
}

Batches::Batches(const std::vector<Tensor>& inputs, std::vector<bool> is_cut, int64_t rows,
                 int64_t batch_size)
    : inputs_(inputs),
      is_cut_(std::move(is_cut)),
      rows_(rows),
      batch_size_(batch_size > 0 ? std::min(batch_size, rows) : rows),
      gathered_(inputs.size()),
      views_(inputs.size()) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Tensor& input = inputs[i];
    TGC_CHECK(input.dims().size() <= TGC_MAX_RANK, "an input has too many dims");
    tgc_tensor& view = views_[i];
    view.data = const_cast<std::byte*>(input.bytes());
    view.dtype = static_cast<uint32_t>(input.dtype());
    view.rank = static_cast<uint32_t>(input.rank());
    std::copy(input.dims().begin(), input.dims().end(), view.dims);
    view.capacity = static_cast<size_t>(input.byte_size());
  }
}

int64_t Batches::count() const {
  return (rows_ + batch_size_ - 1) / batch_size_;
}

int64_t Batches::rows_in(int64_t batch) const {
  return std::min(batch_size_, rows_ - batch * batch_size_);
}

const std::vector<tgc_tensor>& Batches::take(int64_t batch) {
  const int64_t begin = batch * batch_size_;
  const int64_t rows = rows_in(batch);
  for (size_t i = 0; i < inputs_.size(); ++i) {
    if (!is_cut_[i]) continue;
    const int64_t bytes = row_bytes(inputs_[i]);
    const std::byte* source = inputs_[i].bytes();
    views_[i].dims[0] = rows;
    views_[i].capacity = static_cast<size_t>(rows * bytes);
    if (order_.empty()) {
      views_[i].data = const_cast<std::byte*>(source + begin * bytes);
      continue;
    }
    gathered_[i].resize(static_cast<size_t>(batch_size_ * bytes));
    std::byte* target = gathered_[i].data();
    views_[i].data = target;
    for (int64_t row = 0; row < rows; ++row) {
      const int64_t from = order_[static_cast<size_t>(begin + row)];
      std::memcpy(target + row * bytes, source + from * bytes, static_cast<size_t>(bytes));
    }
  }
  return views_;
}

}  // namespace tgc
