// SPDX-License-Identifier: Apache-2.0
// See zip_index.h. Section numbers are those of APPNOTE.TXT 6.3.
#include "json/zip_index.h"

#include <zlib.h>

#include <limits>
#include <string_view>
#include <utility>

namespace tgc {
namespace {

constexpr uint64_t kNone32 = 0xFFFFFFFF;  // the value stands in the ZIP64 field
constexpr uint64_t kMostDeflated = 1040;  // bytes that one deflated byte can stand for
constexpr size_t kMostDirectoryBytes = size_t{64} << 20;

uint64_t number(std::string_view bytes, size_t at, size_t count) {
  uint64_t value = 0;
  for (size_t i = 0; i < count && at + i < bytes.size(); ++i) {
    value |= static_cast<uint64_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
  }
  return value;
}

std::nullopt_t fail(ArchiveError& error, const char* code, std::string message) {
  error = {code, std::move(message)};
  return std::nullopt;
}

struct Directory {
  uint64_t offset = 0;
  uint64_t size = 0;
};

// 4.3.16, 4.3.15, 4.3.14: the end records, found from behind.
std::optional<Directory> find_directory(const InputFile& file, ArchiveError& error) {
  constexpr size_t kEnd = 22;
  constexpr size_t kLongestComment = 65535;
  const uint64_t tail_size = std::min<uint64_t>(file.size(), kEnd + kLongestComment);
  const uint64_t tail_begin = file.size() - tail_size;
  const std::string tail = file.text(tail_begin, static_cast<size_t>(tail_size));
  const size_t end = tail.rfind("PK\x05\x06");
  if (end == std::string::npos || tail.size() - end < kEnd) {
    const bool is_zip = file.text(0, 4) == std::string("PK\x03\x04");
    return fail(error, is_zip ? "weights-truncated" : "weights-format",
                is_zip ? "it ends before its table of members" : "it is not a .npz archive");
  }
  Directory directory{number(tail, end + 16, 4), number(tail, end + 12, 4)};
  if (directory.offset == kNone32 || directory.size == kNone32) {
    const std::string locator = file.text(tail_begin + end - 20, 20);
    if (end + tail_begin < 20 || !locator.starts_with("PK\x06\x07")) {
      return fail(error, "weights-format", "its ZIP64 record is missing");
    }
    const std::string record = file.text(number(locator, 8, 8), 56);
    if (record.size() < 56 || !record.starts_with("PK\x06\x06")) {
      return fail(error, "weights-format", "its ZIP64 record is missing");
    }
    directory = {number(record, 48, 8), number(record, 40, 8)};
  }
  if (directory.offset > file.size() || directory.size > file.size() - directory.offset ||
      directory.size > kMostDirectoryBytes) {
    return fail(error, "weights-format", "its table of members lies outside the file");
  }
  return directory;
}

// 4.5.3: sizes and offset that do not fit 32 bits, in this order.
void read_zip64(std::string_view extra, ArchiveEntry& entry) {
  for (size_t at = 0; at + 4 <= extra.size();) {
    const uint64_t id = number(extra, at, 2);
    const auto size = static_cast<size_t>(number(extra, at + 2, 2));
    if (id == 1) {
      size_t field = at + 4;
      for (uint64_t* value : {&entry.full_size, &entry.stored_size, &entry.offset}) {
        if (*value != kNone32) continue;
        *value = number(extra, field, 8);
        field += 8;
      }
      return;
    }
    at += 4 + size;
  }
}

// Moves entry.offset from the local header (4.3.7) to the data.
void find_data(const InputFile& file, ArchiveEntry& entry) {
  constexpr uint64_t kLocal = 30;
  const std::string local = file.text(entry.offset, kLocal);
  if (local.size() < kLocal || !local.starts_with("PK\x03\x04")) {
    entry.problem = "its local header is missing";
    return;
  }
  entry.offset += kLocal + number(local, 26, 2) + number(local, 28, 2);
  if (entry.offset > file.size() || entry.stored_size > file.size() - entry.offset) {
    entry.problem = "its data lies outside the file";
  }
}

void put(std::string& bytes, uint64_t value, size_t count) {
  for (size_t i = 0; i < count; ++i) bytes += static_cast<char>((value >> (8 * i)) & 0xFFU);
}

// The fields that local headers and directory entries share, from "version needed" on. The time is
// the format's first day, as in every reproducible archive.
void put_common(std::string& bytes, const ZipMember& member, uint32_t crc) {
  put(bytes, 45, 2);
  put(bytes, 0x800, 2);  // names are UTF-8
  put(bytes, 0, 2);      // stored
  put(bytes, 0, 2);
  put(bytes, 0x21, 2);
  put(bytes, crc, 4);
  put(bytes, kNone32, 4);
  put(bytes, kNone32, 4);
  put(bytes, member.name.size(), 2);
}

}  // namespace

std::optional<std::vector<ArchiveEntry>> read_zip_index(const InputFile& file,
                                                        ArchiveError& error) {
  constexpr size_t kHeader = 46;  // 4.3.12
  const auto place = find_directory(file, error);
  if (!place) return std::nullopt;
  const std::string directory = file.text(place->offset, static_cast<size_t>(place->size));
  std::vector<ArchiveEntry> entries;
  for (size_t at = 0; at + kHeader <= directory.size();) {
    const std::string_view record = std::string_view(directory).substr(at);
    if (!record.starts_with("PK\x01\x02")) {
      return fail(error, "weights-format", "its table of members is malformed");
    }
    const auto name_size = static_cast<size_t>(number(record, 28, 2));
    const auto extra_size = static_cast<size_t>(number(record, 30, 2));
    const auto comment_size = static_cast<size_t>(number(record, 32, 2));
    if (kHeader + name_size + extra_size > record.size()) {
      return fail(error, "weights-format", "its table of members is malformed");
    }
    ArchiveEntry entry;
    entry.name = record.substr(kHeader, name_size);
    if (entry.name.ends_with(".npy")) entry.name.resize(entry.name.size() - 4);
    entry.crc = static_cast<uint32_t>(number(record, 16, 4));
    entry.stored_size = number(record, 20, 4);
    entry.full_size = number(record, 24, 4);
    entry.offset = number(record, 42, 4);
    read_zip64(record.substr(kHeader + name_size, extra_size), entry);
    const uint64_t method = number(record, 10, 2);
    entry.is_deflated = method == 8;
    if ((number(record, 8, 2) & 1U) != 0) {
      entry.problem = "it is encrypted";
    } else if (method != 0 && method != 8) {
      entry.problem = "its compression method " + std::to_string(method) + " is not supported";
    } else if (method == 0 ? entry.stored_size != entry.full_size
                           : entry.full_size / kMostDeflated > entry.stored_size) {
      entry.problem = "its sizes contradict one another";
    } else {
      find_data(file, entry);
    }
    entries.push_back(std::move(entry));
    at += kHeader + name_size + extra_size + comment_size;
  }
  return entries;
}

std::string zip_bytes(const std::vector<ZipMember>& members) {
  std::string bytes;
  std::string directory;
  for (const ZipMember& member : members) {
    const auto crc = static_cast<uint32_t>(
        crc32_z(0, reinterpret_cast<const Bytef*>(member.bytes.data()), member.bytes.size()));
    const uint64_t offset = bytes.size();
    bytes += "PK\x03\x04";
    put_common(bytes, member, crc);
    put(bytes, 20, 2);
    bytes += member.name;
    put(bytes, 1, 2);
    put(bytes, 16, 2);
    put(bytes, member.bytes.size(), 8);
    put(bytes, member.bytes.size(), 8);
    bytes += member.bytes;

    directory += "PK\x01\x02";
    put(directory, 45, 2);
    put_common(directory, member, crc);
    put(directory, 28, 2);
    put(directory, 0, 2 + 2 + 2 + 4);  // comment, disk, attributes
    put(directory, kNone32, 4);
    directory += member.name;
    put(directory, 1, 2);
    put(directory, 24, 2);
    put(directory, member.bytes.size(), 8);
    put(directory, member.bytes.size(), 8);
    put(directory, offset, 8);
  }
  const uint64_t begin = bytes.size();
  bytes += directory;
  const uint64_t record = bytes.size();
  bytes += "PK\x06\x06";
  put(bytes, 44, 8);
  put(bytes, 45, 2);
  put(bytes, 45, 2);
  put(bytes, 0, 8);  // disks
  put(bytes, members.size(), 8);
  put(bytes, members.size(), 8);
  put(bytes, directory.size(), 8);
  put(bytes, begin, 8);
  bytes += "PK\x06\x07";
  put(bytes, 0, 4);
  put(bytes, record, 8);
  put(bytes, 1, 4);
  bytes += "PK\x05\x06";
  put(bytes, 0, 4);
  put(bytes, 0xFFFF, 2);
  put(bytes, 0xFFFF, 2);
  put(bytes, kNone32, 4);
  put(bytes, kNone32, 4);
  put(bytes, 0, 2);
  return bytes;
}

}  // namespace tgc
