// SPDX-License-Identifier: Apache-2.0
// See case_file.h. All numbers little-endian as they lie in memory; a text or list has its size
// before it.
#include "gpu/case_file.h"

#include <cstring>

namespace tgc::gpu {
namespace {

constexpr uint64_t kMagic = 0x31455341'43434754;  // "TGCCASE1"

class Writer {
 public:
  std::string bytes;

  template <class T>
  void number(T value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void text(const std::string& value) {
    number<uint64_t>(value.size());
    bytes += value;
  }
};

class Reader {
 public:
  explicit Reader(const std::string& bytes) : bytes_(bytes) {}

  template <class T>
  T number() {
    T value{};
    if (bytes_.size() - place_ < sizeof value) {
      is_good_ = false;
      return value;
    }
    std::memcpy(&value, bytes_.data() + place_, sizeof value);
    place_ += sizeof value;
    return value;
  }
  std::string text() {
    const size_t size = count(1);
    std::string value = bytes_.substr(place_, size);
    place_ += size;
    return value;
  }
  // The number of elements of a list, each of at least `bytes`.
  size_t count(size_t bytes) {
    const auto value = number<uint64_t>();
    if (value > (bytes_.size() - place_) / bytes) is_good_ = false;
    return is_good_ ? static_cast<size_t>(value) : 0;
  }
  void reject() { is_good_ = false; }
  [[nodiscard]] bool is_good() const { return is_good_; }
  [[nodiscard]] bool is_at_end() const { return place_ == bytes_.size(); }

 private:
  const std::string& bytes_;
  size_t place_ = 0;
  bool is_good_ = true;
};

void write_case(Writer& writer, const LaunchCase& one) {
  writer.text(one.what);
  writer.text(one.kernel);
  writer.number(one.module);
  for (const uint32_t blocks : one.grid) writer.number(blocks);
  for (const uint32_t threads : one.block) writer.number(threads);
  writer.number(one.shared_bytes);
  writer.number<uint64_t>(one.buffers.size());
  for (const CaseBuffer& buffer : one.buffers) {
    writer.text(buffer.name);
    writer.number(buffer.dtype);
    writer.number(buffer.access);
    writer.text(buffer.before);
    writer.text(buffer.access == kRead ? "" : buffer.after);
  }
  writer.number<uint64_t>(one.arguments.size());
  for (const CaseArgument& argument : one.arguments) {
    writer.number(argument.buffer);
    writer.number(argument.number);
  }
  writer.number(one.failure_code);
  writer.number(one.failure_value);
  writer.number(one.tolerance);
  writer.number<uint8_t>(one.is_deterministic ? 1 : 0);
}

LaunchCase read_case(Reader& reader) {
  LaunchCase one;
  one.what = reader.text();
  one.kernel = reader.text();
  one.module = reader.number<uint32_t>();
  for (uint32_t& blocks : one.grid) blocks = reader.number<uint32_t>();
  for (uint32_t& threads : one.block) threads = reader.number<uint32_t>();
  one.shared_bytes = reader.number<uint32_t>();
  one.buffers.resize(reader.count(32));
  for (CaseBuffer& buffer : one.buffers) {
    buffer.name = reader.text();
    buffer.dtype = reader.number<uint32_t>();
    buffer.access = reader.number<uint32_t>();
    buffer.before = reader.text();
    buffer.after = reader.text();
    if (buffer.access == kRead) buffer.after = buffer.before;
  }
  one.arguments.resize(reader.count(12));
  for (CaseArgument& argument : one.arguments) {
    argument.buffer = reader.number<int32_t>();
    argument.number = reader.number<uint64_t>();
    if (argument.buffer >= static_cast<int64_t>(one.buffers.size())) reader.reject();
  }
  one.failure_code = reader.number<int64_t>();
  one.failure_value = reader.number<int64_t>();
  one.tolerance = reader.number<double>();
  one.is_deterministic = reader.number<uint8_t>() != 0;
  return one;
}

}  // namespace

std::string case_file_bytes(const CaseFile& file) {
  Writer writer;
  writer.number(kMagic);
  writer.text(file.architectures);
  writer.text(file.compiler);
  writer.number(file.left_out);
  writer.number<uint64_t>(file.modules.size());
  for (const CaseModule& module : file.modules) {
    writer.number(module.offset);
    writer.number(module.bytes);
  }
  writer.number<uint64_t>(file.cases.size());
  for (const LaunchCase& one : file.cases) write_case(writer, one);
  return writer.bytes;
}

bool read_case_file(const std::string& bytes, CaseFile& file) {
  Reader reader(bytes);
  if (reader.number<uint64_t>() != kMagic) return false;
  file.architectures = reader.text();
  file.compiler = reader.text();
  file.left_out = reader.number<uint64_t>();
  file.modules.resize(reader.count(16));
  for (CaseModule& module : file.modules) {
    module.offset = reader.number<uint64_t>();
    module.bytes = reader.number<uint64_t>();
  }
  const size_t count = reader.count(64);
  for (size_t i = 0; i < count && reader.is_good(); ++i) {
    file.cases.push_back(read_case(reader));
    if (file.cases.back().module >= file.modules.size()) return false;
  }
  return reader.is_good() && reader.is_at_end();
}

}  // namespace tgc::gpu
