// SPDX-License-Identifier: Apache-2.0
// What the batches of one epoch give together: scalars averaged, weighted by the rows of each
// batch; arrays one after the other.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/diagnostic.h"
#include "tgc/manifest.h"
#include "tgc/runtime.h"
#include "types/tensor.h"

namespace tgc {

// One `--out [NAME=]FILE.npy`, those without NAME are the outputs in order; or one `--out FILE.npz`
// or FILE.safetensors, which takes all outputs.
struct OutputOption {
  std::vector<size_t> outputs;
  std::string path;
};

// Throws UsageError: no such output, two files for one, a file of another kind.
std::vector<OutputOption> output_options(const std::vector<std::string>& options,
                                         const ManifestFunction& function);

class Results {
 public:
  // Only arrays whose flag is set are kept.
  Results(const ManifestFunction& function, std::vector<bool> is_kept);

  void clear();
  // False after reporting: the arrays of two batches do not fit behind one another.
  bool add(const std::vector<tgc_tensor>& outputs, int64_t rows, Diagnostics& diagnostics);

  [[nodiscard]] bool is_scalar(size_t output) const { return values_[output].is_scalar; }
  // Of a scalar: its average so far.
  [[nodiscard]] double average(size_t output) const;
  // "loss 0.1234  accuracy 0.9500": all scalars, in short.
  [[nodiscard]] std::string short_text() const;
  // "loss: 0.123397134", and for other outputs what they are; few elements are shown.
  [[nodiscard]] std::string text(size_t output) const;
  // All there is of an output.
  [[nodiscard]] Tensor array(size_t output) const;
  // The bytes of the file that --out names.
  [[nodiscard]] std::string file_bytes(const OutputOption& option) const;

 private:
  struct Value {
    bool is_scalar = false;
    bool is_kept = false;
    DType dtype = DType::float32;
    double sum = 0;  // of scalars, times rows
    std::vector<int64_t> dims;
    std::vector<std::byte> bytes;  // of arrays, and of a scalar's last value
  };
  const ManifestFunction& function_;
  std::vector<Value> values_;
  int64_t rows_ = 0;
  int64_t batches_ = 0;
};

}  // namespace tgc
