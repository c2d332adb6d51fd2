// SPDX-License-Identifier: Apache-2.0
// Going over the leading dim of the inputs in batches, in order or shuffled anew each epoch.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tgc/manifest.h"
#include "tgc/runtime.h"
#include "types/tensor.h"

namespace tgc {

// Which inputs are cut: those whose leading dim is the symbol that leads the first input with a
// symbolic one; where no leading dim is a symbol, those longer than their leading dim. The others
// are given whole to each batch.
std::vector<bool> inputs_to_cut(const ManifestFunction& function,
                                const std::vector<Tensor>& inputs);

// A note on each input with a symbolic leading dim of its own, which is not cut.
void tell_what_is_whole(const ManifestFunction& function, const std::vector<bool>& is_cut,
                        Diagnostics& diagnostics);
// The common number of rows of the inputs that are cut. Nothing after reporting when there are
// none or they differ.
std::optional<int64_t> row_count(const ManifestFunction& function,
                                 const std::vector<Tensor>& inputs, const std::vector<bool>& is_cut,
                                 Diagnostics& diagnostics);

// A permutation of 0 … count-1, a function of seed and epoch alone: the same on every machine.
std::vector<int64_t> shuffled_rows(int64_t count, uint64_t seed, int64_t epoch);

class Batches {
 public:
  // `inputs` must outlive the object. A batch size of 0 is all rows.
  Batches(const std::vector<Tensor>& inputs, std::vector<bool> is_cut, int64_t rows,
          int64_t batch_size);

  [[nodiscard]] int64_t count() const;                 // of batches in an epoch
  [[nodiscard]] int64_t rows_in(int64_t batch) const;  // the last may be shorter

  // Rows are taken in this order from now on; empty: as they stand.
  void set_order(std::vector<int64_t> order) { order_ = std::move(order); }
  // The inputs of a batch, valid until the next call.
  const std::vector<tgc_tensor>& take(int64_t batch);

 private:
  const std::vector<Tensor>& inputs_;
  std::vector<bool> is_cut_;
  int64_t rows_;
  int64_t batch_size_;
  std::vector<int64_t> order_;
  std::vector<std::vector<std::byte>> gathered_;  // of each input, when there is an order
  std::vector<tgc_tensor> views_;
};

}  // namespace tgc
