// SPDX-License-Identifier: Apache-2.0
// See safetensors.h. The header is a small JSON object; the reader below knows just that grammar:
// objects, arrays of integers and strings, which is all the format allows.
#include "safetensors.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>

#include "failure.h"
#include "output_file.h"
#include "plan_file.h"

namespace tgc::runtime {
namespace {

// complex128, which the format lacks, is stored as float64 with a last axis of the two parts.
constexpr const char* kDTypes[] = {"BOOL", "I8",  "I16", "I32", "I64", "U8",  "U16",
                                   "U32",  "U64", "F16", "F32", "F64", "C64", "F64"};

class HeaderReader {
 public:
  HeaderReader(const std::string& path, const char* begin, const char* end)
      : path_(path), at_(begin), end_(end) {}

  std::vector<NamedArray> read(const unsigned char* data, uint64_t data_bytes) {
    std::vector<NamedArray> arrays;
    expect('{');
    if (accept('}')) return arrays;
    do {
      const std::string name = text();
      expect(':');
      if (name == "__metadata__") {
        skip_object();
        continue;
      }
      arrays.push_back(entry(name, data, data_bytes));
    } while (accept(','));
    expect('}');
    return arrays;
  }

 private:
  [[noreturn]] void damaged(const std::string& what) const {
    fail(TGC_ERROR_FILE, path_ + " is not a sound safetensors file: " + what);
  }
  void blanks() {
    while (at_ < end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) ++at_;
  }
  bool accept(char c) {
    blanks();
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) damaged(std::string("'") + c + "' expected in its header");
  }
  std::string text() {
    expect('"');
    std::string value;
    while (at_ < end_ && *at_ != '"') {
      if (*at_ == '\\') {
        if (++at_ == end_) break;
        value += *at_ == 'u' ? unicode() : escaped(*at_);
        ++at_;
        continue;
      }
      value += *at_++;
    }
    expect('"');
    return value;
  }
  static std::string escaped(char c) {
    switch (c) {
      case 'n':
        return "\n";
      case 't':
        return "\t";
      case 'r':
        return "\r";
      case 'b':
        return "\b";
      case 'f':
        return "\f";
      default:
        return {c};
    }
  }
  std::string unicode() {  // the control characters writers escape
    if (end_ - at_ < 5) damaged("a text of its header is cut short");
    const std::string digits(at_ + 1, at_ + 5);
    at_ += 4;
    const long code = std::strtol(digits.c_str(), nullptr, 16);
    if (code >= 0x80) damaged("a name holds an escaped character beyond ASCII");
    return {static_cast<char>(code)};
  }
  uint64_t integer() {
    blanks();
    uint64_t value = 0;
    const char* begin = at_;
    while (at_ < end_ && *at_ >= '0' && *at_ <= '9') {
      if (__builtin_mul_overflow(value, uint64_t{10}, &value) ||
          __builtin_add_overflow(value, static_cast<uint64_t>(*at_ - '0'), &value)) {
        damaged("a number of its header is too large");
      }
      ++at_;
    }
    if (at_ == begin) damaged("a number is expected in its header");
    return value;
  }
  std::vector<uint64_t> integers() {
    std::vector<uint64_t> list;
    expect('[');
    if (accept(']')) return list;
    do {
      list.push_back(integer());
    } while (accept(','));
    expect(']');
    return list;
  }
  void skip_object() {
    expect('{');
    if (accept('}')) return;
    do {
      text();
      expect(':');
      text();
    } while (accept(','));
    expect('}');
  }
  NamedArray entry(const std::string& name, const unsigned char* data, uint64_t data_bytes) {
    NamedArray array;
    array.name = name;
    std::vector<uint64_t> offsets;
    std::optional<uint32_t> dtype;
    expect('{');
    do {
      const std::string key = text();
      expect(':');
      if (key == "dtype") {
        const std::string word = text();
        for (uint32_t i = 0; i < TGC_COMPLEX128; ++i) {
          if (word == kDTypes[i]) dtype = i;
        }
        if (!dtype) damaged(name + " has dtype " + word + ", which tgc does not know");
      } else if (key == "shape") {
        for (const uint64_t dim : integers()) array.dims.push_back(static_cast<int64_t>(dim));
      } else if (key == "data_offsets") {
        offsets = integers();
      } else {
        damaged(name + " has an unknown field " + key);
      }
    } while (accept(','));
    expect('}');
    if (!dtype || offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > data_bytes ||
        array.dims.size() > TGC_MAX_RANK) {
      damaged(name + " lies outside of the file");
    }
    array.dtype = *dtype;
    array.data = data + offsets[0];
    array.bytes = offsets[1] - offsets[0];
    int64_t bytes = dtype_bytes(array.dtype);
    for (const int64_t dim : array.dims) {
      if (dim < 0 || __builtin_mul_overflow(bytes, dim, &bytes)) damaged(name + " is too large");
    }
    if (static_cast<uint64_t>(bytes) != array.bytes) {
      damaged(name + " has a shape that does not fit its data");
    }
    return array;
  }

  const std::string& path_;
  const char* at_;
  const char* end_;
};

std::string quoted(const std::string& name) {
  std::string text = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') text += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      char buffer[8];
      std::snprintf(buffer, sizeof buffer, "\\u%04x", static_cast<unsigned>(c));
      text += buffer;
    } else {
      text += c;
    }
  }
  return text + "\"";
}

}  // namespace

std::vector<NamedArray> read_safetensors(const std::string& path, const MappedFile& file) {
  uint64_t length = 0;
  if (file.size() >= 8) std::memcpy(&length, file.data(), 8);
  if (file.size() < 8 || length > file.size() - 8) {
    fail(TGC_ERROR_FILE, path + " is not a safetensors file");
  }
  const char* header = reinterpret_cast<const char*>(file.data()) + 8;
  return HeaderReader(path, header, header + length)
      .read(file.data() + 8 + length, file.size() - 8 - length);
}

void write_safetensors(const std::string& path, const std::vector<NamedArray>& arrays) {
  std::string header = "{";
  uint64_t at = 0;
  for (const NamedArray& array : arrays) {
    header += (at > 0 || header.size() > 1 ? "," : "") + quoted(array.name) + ":{\"dtype\":\"" +
              kDTypes[array.dtype] + "\",\"shape\":[";
    for (size_t i = 0; i < array.dims.size(); ++i) {
      header += (i > 0 ? "," : "") + std::to_string(array.dims[i]);
    }
    if (array.dtype == TGC_COMPLEX128) header += array.dims.empty() ? "2" : ",2";
    header +=
        "],\"data_offsets\":[" + std::to_string(at) + "," + std::to_string(at + array.bytes) + "]}";
    at += array.bytes;
  }
  header += "}";
  header.resize((header.size() + 8 + 63) / 64 * 64 - 8, ' ');
  const auto length = static_cast<uint64_t>(header.size());
  OutputFile file(path);
  file.write(&length, sizeof length);
  file.write(header.data(), header.size());
  for (const NamedArray& array : arrays) file.write(array.data, array.bytes);
  file.finish();
}

}  // namespace tgc::runtime
