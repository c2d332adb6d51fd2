// SPDX-License-Identifier: Apache-2.0
// See tensor_archive.h.
#include "json/tensor_archive.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <utility>

#include "json/npy_header.h"
#include "json/object_reader.h"
#include "json/safetensors_index.h"
#include "json/zip_index.h"
#include "support/file.h"

namespace tgc {
namespace {

constexpr size_t kChunk = size_t{64} * 1024;

// Inflates an entry piece by piece: `take` gets the full bytes in order and may stop.
class Inflater {
 public:
  explicit Inflater(const InputFile& file) : file_(file) {}

  template <class F>
  bool run(const ArchiveEntry& entry, F&& take) {
    z_stream stream{};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return false;
    uint64_t read = 0;
    int status = Z_OK;
    bool more = true;
    while (more && status == Z_OK) {
      if (stream.avail_in == 0 && read < entry.stored_size) {
        const auto count =
            static_cast<size_t>(std::min<uint64_t>(kChunk, entry.stored_size - read));
        if (!file_.read(entry.offset + read, in_.data(), count)) break;
        read += count;
        stream.next_in = in_.data();
        stream.avail_in = static_cast<uInt>(count);
      }
      stream.next_out = out_.data();
      stream.avail_out = static_cast<uInt>(kChunk);
      status = inflate(&stream, Z_NO_FLUSH);
      const size_t made = kChunk - stream.avail_out;
      if (made == 0 && status != Z_STREAM_END && stream.avail_in == 0) break;
      if (made > 0) more = take(out_.data(), made);
    }
    inflateEnd(&stream);
    return !more || status == Z_STREAM_END;
  }

 private:
  const InputFile& file_;
  std::array<Bytef, kChunk> in_{};
  std::array<Bytef, kChunk> out_{};
};

// The first bytes of an entry, at most what a .npy header may have.
std::string first_bytes(const InputFile& file, const ArchiveEntry& entry) {
  const size_t wanted =
      static_cast<size_t>(std::min<uint64_t>(entry.full_size, kLongestNpyHeader + 12));
  if (!entry.is_deflated) return file.text(entry.offset, wanted);
  std::string bytes;
  Inflater(file).run(entry, [&](const Bytef* data, size_t size) {
    bytes.append(reinterpret_cast<const char*>(data), std::min(size, wanted - bytes.size()));
    return bytes.size() < wanted;
  });
  return bytes;
}

bool inflate_data(const InputFile& file, const ArchiveEntry& entry, Tensor& tensor) {
  uint64_t at = 0;
  uLong crc = 0;
  const uint64_t end = entry.header_size + static_cast<uint64_t>(tensor.byte_size());
  const bool good = Inflater(file).run(entry, [&](const Bytef* data, size_t size) {
    crc = crc32_z(crc, data, size);
    for (size_t i = 0; i < size;) {
      if (at < entry.header_size) {
        const auto step = static_cast<size_t>(std::min<uint64_t>(size - i, entry.header_size - at));
        i += step;
        at += step;
        continue;
      }
      if (at + (size - i) > end) return false;  // longer than announced
      std::copy_n(reinterpret_cast<const std::byte*>(data) + i, size - i,
                  tensor.bytes() + (at - entry.header_size));
      at += size - i;
      i = size;
    }
    return true;
  });
  return good && at == end && crc == entry.crc;
}

bool read_data(const InputFile& file, const ArchiveEntry& entry, Tensor& tensor) {
  const auto size = static_cast<size_t>(tensor.byte_size());
  if (!file.read(entry.offset + entry.header_size, tensor.bytes(), size)) return false;
  if (!entry.crc) return true;
  const std::string header = file.text(entry.offset, static_cast<size_t>(entry.header_size));
  uLong crc = crc32_z(0, reinterpret_cast<const Bytef*>(header.data()), header.size());
  // without bytes there is no address, which crc32_z would take for "start anew"
  if (size > 0) crc = crc32_z(crc, reinterpret_cast<const Bytef*>(tensor.bytes()), size);
  return crc == entry.crc;
}

void swap_bytes(Tensor& tensor) {
  const int64_t size = dtype_size(tensor.dtype());
  for (int64_t i = 0; i < tensor.byte_size(); i += size) {
    std::reverse(tensor.bytes() + i, tensor.bytes() + i + size);
  }
}

// Elements stored first axis fastest -> last axis fastest.
Tensor from_fortran_order(const Tensor& stored) {
  Tensor tensor(stored.dtype(), stored.dims());
  const auto& dims = stored.dims();
  const int64_t size = dtype_size(stored.dtype());
  std::vector<int64_t> index(dims.size(), 0);
  for (int64_t to = 0; to < tensor.size(); ++to) {
    int64_t from = 0;
    for (size_t axis = dims.size(); axis-- > 0;) from = from * dims[axis] + index[axis];
    std::copy_n(stored.bytes() + from * size, size, tensor.bytes() + to * size);
    for (size_t axis = dims.size(); axis-- > 0;) {
      if (++index[axis] < dims[axis]) break;
      index[axis] = 0;
    }
  }
  return tensor;
}

// Names a weights file of the same folder that may be meant.
std::string missing_hint(const std::string& path, bool in_graph_file) {
  std::error_code error;
  const std::string folder = parent_folder(path);
  std::vector<std::string> files = list_folder(folder, error).value_or(std::vector<std::string>());
  files.erase(std::remove_if(files.begin(), files.end(),
                             [](const std::string& file) { return !is_tensor_archive(file); }),
              files.end());
  const std::string rule =
      in_graph_file ? "paths are relative to the folder of the graph file" : "";
  if (files.empty()) return rule;
  const std::string found = suggestion(file_name(path), files, "");
  return found.empty() ? rule : found;
}

}  // namespace

bool is_tensor_archive(const std::string& path) {
  return path.ends_with(".npy") || path.ends_with(".npz") || path.ends_with(".safetensors");
}

std::optional<TensorArchive> TensorArchive::open(const std::string& path, const Location& where,
                                                 Diagnostics& diagnostics) {
  if (!is_tensor_archive(path)) {
    diagnostics
        .error("weights-format", "'" + path + "' has an ending that tgc does not know", where)
        .hint = "weights are read from .npy, .npz and .safetensors files";
    return std::nullopt;
  }
  std::error_code status;
  auto file = InputFile::open(path, status);
  if (!file) {
    const bool odd = status == std::errc::invalid_argument;
    diagnostics
        .error(
            "weights-missing",
            "cannot read '" + path + "': " + (odd ? "it is not a regular file" : status.message()),
            where)
        .hint = odd ? "arrays are read from files, not from folders, pipes or devices"
                    : missing_hint(path, where.line > 0);
    return std::nullopt;
  }
  TensorArchive archive(path, std::move(*file));
  ArchiveError error;
  std::optional<std::vector<ArchiveEntry>> entries;
  if (path.ends_with(".npy")) {
    ArchiveEntry only;
    only.stored_size = only.full_size = archive.file_.size();
    entries = std::vector<ArchiveEntry>{std::move(only)};
  } else {
    entries = path.ends_with(".npz") ? read_zip_index(archive.file_, error)
                                     : read_safetensors_index(archive.file_, error);
  }
  if (!entries) {
    archive.report(error, where, diagnostics);
    return std::nullopt;
  }
  archive.entries_ = std::move(*entries);
  return archive;
}

bool TensorArchive::report(const ArchiveError& error, const Location& where,
                           Diagnostics& diagnostics) const {
  const bool is_cut = std::string_view(error.code) == "weights-truncated";
  diagnostics.error(error.code, "'" + path_ + "': " + error.message, where).hint =
      is_cut ? "it was not copied or saved completely: do so again"
             : "save arrays of numbers with numpy.save, numpy.savez or safetensors";
  return false;
}

std::vector<std::string> TensorArchive::names() const {
  std::vector<std::string> names;
  for (const ArchiveEntry& entry : entries_) names.push_back(entry.name);
  return names;
}

const ArchiveEntry* TensorArchive::header(const std::string& name, const Location& where,
                                          Diagnostics& diagnostics) {
  const bool is_single = path_.ends_with(".npy");
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const auto& entry) {
    return is_single || entry.name == name;
  });
  if (found == entries_.end()) {
    diagnostics
        .error("weights-missing", "'" + path_ + "' holds no tensor named '" + name + "'", where)
        .hint = suggestion(name, names(), "it holds");
    return nullptr;
  }
  const std::string what = is_single ? "" : "tensor '" + name + "': ";
  if (!found->problem.empty()) {
    report({"weights-format", what + found->problem}, where, diagnostics);
    return nullptr;
  }
  ArchiveError error;
  if (!found->has_header && !parse_npy_header(first_bytes(file_, *found), *found, error)) {
    error.message = what + error.message;
    report(error, where, diagnostics);
    return nullptr;
  }
  return &*found;
}

std::optional<Tensor> TensorArchive::read(const std::string& name, const Location& where,
                                          Diagnostics& diagnostics) {
  const ArchiveEntry* entry = header(name, where, diagnostics);
  if (entry == nullptr) return std::nullopt;
  Tensor tensor(entry->dtype, entry->dims);
  const bool good =
      entry->is_deflated ? inflate_data(file_, *entry, tensor) : read_data(file_, *entry, tensor);
  if (!good) {
    diagnostics
        .error("weights-format",
               "'" + path_ + "': tensor '" + name + "': its bytes do not fit their checksum", where)
        .hint = "the file was damaged after it was saved: copy or save it again";
    return std::nullopt;
  }
  if (entry->is_big_endian) swap_bytes(tensor);
  if (tensor.dtype() == DType::boolean) {
    for (int64_t i = 0; i < tensor.size(); ++i) tensor.set_int(i, tensor.get_int(i) != 0 ? 1 : 0);
  }
  return entry->is_fortran_order ? from_fortran_order(tensor) : std::move(tensor);
}

}  // namespace tgc
