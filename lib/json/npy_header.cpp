// SPDX-License-Identifier: Apache-2.0
// See npy_header.h. The header is a Python dict: {'descr': '<f4', 'fortran_order': False, 'shape':
// (3, 4), }
#include "json/npy_header.h"

#include <array>
#include <charconv>
#include <utility>

#include "types/tensor_type.h"

namespace tgc {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::array<std::pair<std::string_view, DType>, 14> kTypes = {
    {{"b1", DType::boolean},
     {"i1", DType::int8},
     {"i2", DType::int16},
     {"i4", DType::int32},
     {"i8", DType::int64},
     {"u1", DType::uint8},
     {"u2", DType::uint16},
     {"u4", DType::uint32},
     {"u8", DType::uint64},
     {"f2", DType::float16},
     {"f4", DType::float32},
     {"f8", DType::float64},
     {"c8", DType::complex64},
     {"c16", DType::complex128}}};

bool fail(ArchiveError& error, std::string message) {
  error = {"weights-format", std::move(message)};
  return false;
}

class DictParser {
 public:
  DictParser(std::string_view text, ArchiveEntry& entry, ArchiveError& error)
      : text_(text), entry_(entry), error_(error) {}

  bool parse() {
    if (!take('{')) return malformed();
    int seen = 0;
    while (!take('}')) {
      std::string_view key;
      if (!quoted(key) || !take(':')) return malformed();
      if (key == "descr") {
        if (!descr()) return false;
      } else if (key == "fortran_order") {
        if (!order()) return malformed();
      } else if (key == "shape") {
        if (!shape()) return malformed();
      } else {
        return malformed();
      }
      ++seen;
      if (!take(',') && peek() != '}') return malformed();
    }
    return seen == 3 || malformed();
  }

 private:
  bool malformed() {
    return error_.message.empty() ? fail(error_, "its .npy header is malformed") : false;
  }

  void skip() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  char peek() {
    skip();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(char wanted) {
    if (peek() != wanted) return false;
    ++at_;
    return true;
  }
  bool word(std::string_view wanted) {
    skip();
    if (text_.substr(at_, wanted.size()) != wanted) return false;
    at_ += wanted.size();
    return true;
  }

  bool quoted(std::string_view& value) {
    const char quote = peek();
    if (quote != '\'' && quote != '"') return false;
    const size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) return false;
    value = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return true;
  }

  bool descr() {
    std::string_view value;
    if (!quoted(value)) return fail(error_, "it holds records, which are not supported");
    const char byte_order = value.empty() ? '\0' : value[0];
    if (byte_order == '<' || byte_order == '>' || byte_order == '|' || byte_order == '=') {
      entry_.is_big_endian = byte_order == '>';
      for (const auto& [code, dtype] : kTypes) {
        if (value.substr(1) != code) continue;
        entry_.dtype = dtype;
        return true;
      }
    }
    return fail(error_, "its dtype '" + std::string(value) + "' is not supported");
  }

  bool order() {
    entry_.is_fortran_order = word("True");
    return entry_.is_fortran_order || word("False");
  }

  bool shape() {
    if (!take('(')) return false;
    entry_.dims.clear();
    while (!take(')')) {
      skip();
      int64_t dim = 0;
      const char* begin = text_.data() + at_;
      const auto [end, status] = std::from_chars(begin, text_.data() + text_.size(), dim);
      if (status != std::errc() || dim < 0 || entry_.dims.size() >= 64) return false;
      at_ += static_cast<size_t>(end - begin);
      word("L");  // Python 2
      entry_.dims.push_back(dim);
      if (!take(',') && peek() != ')') return false;
    }
    return true;
  }

  std::string_view text_;
  ArchiveEntry& entry_;
  ArchiveError& error_;
  size_t at_ = 0;
};

}  // namespace

bool parse_npy_header(std::string_view bytes, ArchiveEntry& entry, ArchiveError& error) {
  if (!bytes.starts_with(kMagic.substr(0, std::min(kMagic.size(), bytes.size())))) {
    return fail(error, "it is not in .npy format");
  }
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (bytes.size() >= 8 && (byte(6) < 1 || byte(6) > 3)) {
    return fail(error, "its .npy version " + std::to_string(byte(6)) + " is not known");
  }
  const size_t start = bytes.size() >= 8 && byte(6) > 1 ? 12 : 10;
  size_t length = 0;
  for (size_t i = 8; i < start && i < bytes.size(); ++i) {
    length |= static_cast<size_t>(byte(i)) << (8 * (i - 8));
  }
  if (bytes.size() < start || (length <= kLongestNpyHeader && bytes.size() - start < length)) {
    error = {"weights-truncated", "it ends within its .npy header"};
    return false;
  }
  if (bytes.size() - start < length) return fail(error, "its .npy header is too long");
  if (!DictParser(bytes.substr(start, length), entry, error).parse()) return false;
  entry.header_size = start + length;
  const auto count = element_count(entry.dims, dtype_size(entry.dtype));
  if (!count) return fail(error, "the size its .npy header announces does not fit 63 bits");
  const auto size = static_cast<uint64_t>(*count * dtype_size(entry.dtype));
  const uint64_t rest = entry.full_size - entry.header_size;
  if (size > rest) {
    error = {"weights-truncated", "its header announces " + std::to_string(size) +
                                      " bytes of data, it has " + std::to_string(rest)};
    return false;
  }
  if (size < rest) {
    return fail(error, std::to_string(rest - size) + " bytes follow its data");
  }
  entry.has_header = true;
  return true;
}

std::string npy_header(DType dtype, const std::vector<int64_t>& dims) {
  std::string_view code;
  for (const auto& [name, known] : kTypes) {
    if (known == dtype) code = name;
  }
  std::string dict = "{'descr': '" + std::string(dtype_size(dtype) == 1 ? "|" : "<") +
                     std::string(code) + "', 'fortran_order': False, 'shape': (";
  for (size_t i = 0; i < dims.size(); ++i) {
    dict += std::to_string(dims[i]) + (i + 1 < dims.size() ? ", " : dims.size() == 1 ? "," : "");
  }
  dict += "), }";
  constexpr size_t kStart = 10;
  const size_t total = (kStart + dict.size() + 1 + 63) / 64 * 64;
  dict.resize(total - kStart - 1, ' ');
  dict += '\n';
  std::string header(kMagic);
  header += '\x01';
  header += '\x00';
  header += static_cast<char>(dict.size() & 0xFFU);
  header += static_cast<char>(dict.size() >> 8U);
  return header + dict;
}

}  // namespace tgc
