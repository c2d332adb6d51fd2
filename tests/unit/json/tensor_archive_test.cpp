// SPDX-License-Identifier: Apache-2.0
// Weights files. Those under weights/ were written by NumPy and safetensors (make_weights.py).
#include "json/tensor_archive.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "json/tensor_file_writer.h"
#include "support/file.h"

namespace tgc {
namespace {

const std::string kFolder = std::string(TGC_TEST_FOLDER) + "/weights/";

// The tensor's text, or "code: message" with the folder left out of it.
std::string described(const std::string& path, const std::string& member) {
  Diagnostics diagnostics;
  auto archive = TensorArchive::open(path, {}, diagnostics);
  const auto tensor = archive ? archive->read(member, {}, diagnostics) : std::nullopt;
  if (!tensor) {
    const Diagnostic& first = diagnostics.all().at(0);
    std::string message = first.message;
    const std::string folder = parent_folder(path) + "/";
    while (message.find(folder) != std::string::npos) {
      message.erase(message.find(folder), folder.size());
    }
    return first.code + ": " + message +
           (first.hint.starts_with("did you mean") ? " | " + first.hint : "");
  }
  std::string text(dtype_name(tensor->dtype()));
  for (const int64_t dim : tensor->dims()) text += " " + std::to_string(dim);
  text += ":";
  for (int64_t i = 0; i < tensor->size(); ++i) {
    if (tensor->dtype() == DType::uint64) {
      text += " " + std::to_string(tensor->data<uint64_t>()[i]);
    } else if (is_float(tensor->dtype())) {
      text += " " + std::to_string(tensor->get_double(i));
    } else {
      text += " " + std::to_string(tensor->get_int(i));
    }
  }
  return text;
}

std::string bytes_of(const std::string& path) {
  std::error_code error;
  return *read_file(path, error);
}

// Writes `bytes` to a file of that name in a fresh folder and describes member `member` of it.
std::string described_bytes(const std::string& bytes, const std::string& name,
                            const std::string& member) {
  std::error_code error;
  const auto folder = TempFolder::make("", "tgc-weights-", error);
  const std::string path = join_path(folder->path(), name);
  std::ofstream(path, std::ios::binary) << bytes;
  return described(path, member);
}

}  // namespace

TEST_CASE("all three formats hold all dtypes") {
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"bool", "bool 2: 1 0"},
      {"float16", "float16 2 2: 0.500000 -1.500000 65504.000000 0.000000"},
      {"float32", "float32 2 3: 0.000000 1.000000 2.000000 3.000000 4.000000 5.000000"},
      {"float64", "float64: 0.100000"},
      {"int16", "int16 1: -32768"},
      {"int32", "int32 2: -2147483648 2147483647"},
      {"int64", "int64 1: 9007199254740993"},
      {"int8", "int8 1 1: -128"},
      {"uint16", "uint16 1: 65535"},
      {"uint32", "uint32 1: 4294967295"},
      {"uint64", "uint64 1: 18446744073709551615"},
      {"uint8", "uint8 1: 255"},
      {"empty", "float32 0 3:"}};
  for (const auto& [name, text] : expected) {
    CHECK(described(kFolder + "stored.npz", name) == text);
    CHECK(described(kFolder + "deflated.npz", name) == text);
    CHECK(described(kFolder + "all.safetensors", name) == text);
  }
  CHECK(described(kFolder + "plain.npy", "") == expected[2].second);
}

TEST_CASE("big-endian and Fortran-ordered arrays are converted") {
  CHECK(described(kFolder + "big_endian.npy", "") == "float64 2: 0.100000 -2.000000");
  CHECK(described(kFolder + "fortran.npy", "") == "int32 2 3: 0 1 2 3 4 5");
  CHECK(described(kFolder + "fortran_3d.npy", "") == "int8 2 2 3: 0 1 2 3 4 5 6 7 8 9 10 11");
}

TEST_CASE("what is not there or not readable is said") {
  CHECK(described(kFolder + "none.npy", "") ==
        "weights-missing: cannot read 'none.npy': No such file or directory");
  CHECK(described(kFolder + "stored.npz", "flaot32") ==
        "weights-missing: 'stored.npz' holds no tensor named 'flaot32' | did you mean 'float32'?");
  CHECK(described("/dev/null.npy", "").substr(0, 15) == "weights-missing");
  CHECK(described(kFolder + "weights.bin", "").substr(0, 14) == "weights-format");
  CHECK(described(kFolder + "long_double.npy", "") ==
        "weights-format: 'long_double.npy': its dtype '<f16' is not supported");
  CHECK(described(kFolder + "object.npy", "") ==
        "weights-format: 'object.npy': its dtype '|O' is not supported");
  CHECK(described(kFolder + "records.npy", "") ==
        "weights-format: 'records.npy': it holds records, which are not supported");
}

TEST_CASE("a folder or device is refused, not read") {
  std::error_code error;
  const auto folder = TempFolder::make("", "tgc-weights-", error);
  const std::string path = join_path(folder->path(), "w.npy");
  make_folders(path);
  CHECK(described(path, "") == "weights-missing: cannot read 'w.npy': it is not a regular file");
}

TEST_CASE("truncated files are recognised as such") {
  const std::string npy = bytes_of(kFolder + "plain.npy");
  CHECK(described_bytes(npy.substr(0, npy.size() - 1), "w.npy", "") ==
        "weights-truncated: 'w.npy': its header announces 24 bytes of data, it has 23");
  CHECK(described_bytes(npy.substr(0, 50), "w.npy", "") ==
        "weights-truncated: 'w.npy': it ends within its .npy header");
  CHECK(described_bytes("", "w.npy", "") ==
        "weights-truncated: 'w.npy': it ends within its .npy header");
  const std::string npz = bytes_of(kFolder + "stored.npz");
  CHECK(described_bytes(npz.substr(0, npz.size() / 2), "w.npz", "bool") ==
        "weights-truncated: 'w.npz': it ends before its table of members");
  const std::string safetensors = bytes_of(kFolder + "all.safetensors");
  CHECK(described_bytes(safetensors.substr(0, safetensors.size() - 1), "w.safetensors", "bool")
            .substr(0, 17) == "weights-truncated");
  CHECK(described_bytes(safetensors.substr(0, 20), "w.safetensors", "bool") ==
        "weights-truncated: 'w.safetensors': it ends within its header");
}

TEST_CASE("damaged members are found by their checksum") {
  for (const std::string name : {"stored.npz", "deflated.npz"}) {
    std::string bytes = bytes_of(kFolder + name);
    const size_t inside = name == "stored.npz" ? 150 : 60;  // a byte of the member's data
    const size_t data = bytes.find("float32.npy") + 11 + inside;
    bytes[data] = static_cast<char>(bytes[data] ^ 1);
    CHECK(described_bytes(bytes, "w.npz", "float32").substr(0, 7) == "weights");
  }
}

TEST_CASE("no single changed byte crashes a reader or exhausts memory") {
  for (const char* name : {"stored.npz", "deflated.npz", "plain.npy", "all.safetensors"}) {
    const std::string good = bytes_of(kFolder + name);
    std::error_code error;
    const auto folder = TempFolder::make("", "tgc-weights-", error);
    const std::string path = join_path(folder->path(), std::string("w") + strrchr(name, '.'));
    const size_t step = good.size() > 2000 ? 7 : 1;
    for (size_t i = 0; i < good.size(); i += step) {
      std::string bytes = good;
      bytes[i] = static_cast<char>(~bytes[i]);
      std::ofstream(path, std::ios::binary) << bytes;
      Diagnostics diagnostics;
      auto archive = TensorArchive::open(path, {}, diagnostics);
      if (!archive) continue;
      for (const std::string& member : archive->names()) archive->read(member, {}, diagnostics);
    }
  }
}

TEST_CASE("what is written is read back") {
  std::vector<NamedTensor> tensors;
  for (const DType dtype : all_dtypes()) {
    if (dtype == DType::complex128) continue;  // safetensors has it as float64 with a last axis
    Tensor tensor(dtype, {2, 3});
    for (int64_t i = 0; i < 6; ++i) tensor.set_int(i, i % 2);
    tensors.push_back({std::string(dtype_name(dtype)), tensor});
  }
  tensors.push_back({"scalar \"quoted\"", Tensor::scalar(DType::float32, 2.5)});
  tensors.push_back({"empty", Tensor(DType::int64, {0})});
  std::error_code error;
  const auto folder = TempFolder::make("", "tgc-weights-", error);
  for (const auto& [name, bytes] :
       {std::pair{"w.npz", npz_bytes(tensors)}, {"w.safetensors", safetensors_bytes(tensors)}}) {
    const std::string path = join_path(folder->path(), name);
    std::ofstream(path, std::ios::binary) << bytes;
    Diagnostics diagnostics;
    auto archive = TensorArchive::open(path, {}, diagnostics);
    REQUIRE(archive);
    for (const NamedTensor& named : tensors) {
      CHECK(archive->read(named.name, {}, diagnostics) == named.tensor);
    }
  }
  const std::string path = join_path(folder->path(), "w.npy");
  std::ofstream(path, std::ios::binary) << npy_bytes(tensors[0].tensor);
  Diagnostics diagnostics;
  CHECK(TensorArchive::open(path, {}, diagnostics)->read("", {}, diagnostics) == tensors[0].tensor);
}

TEST_CASE("written bytes do not depend on the day or machine") {
  const std::vector<NamedTensor> tensors = {{"a", Tensor::scalar_int(DType::int32, 7)}};
  CHECK(npz_bytes(tensors) == npz_bytes(tensors));
  CHECK(npz_bytes(tensors).size() == 30 + 5 + 20 + 132 + 46 + 5 + 28 + 56 + 20 + 22);
}

}  // namespace tgc
