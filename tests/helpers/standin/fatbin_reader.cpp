// SPDX-License-Identifier: Apache-2.0
// See fatbin_reader.h. A fatbin is a header and then entries, each with a header of its own; the
// layout is as `cuobjdump` shows it, checked by the fatbins this project packs.
#include "helpers/standin/fatbin_reader.h"

#include <cstring>

namespace tgc::standin {
namespace {

constexpr uint32_t kMagic = 0xba55ed50;
constexpr uint16_t kPtx = 1;
constexpr uint16_t kCubin = 2;
constexpr uint64_t kLargest = uint64_t{1} << 30;

struct FileHeader {
  uint32_t magic;
  uint16_t version;
  uint16_t header_bytes;
  uint64_t bytes;  // of the entries
};

struct EntryHeader {
  uint16_t kind;
  uint16_t version;
  uint32_t header_bytes;
  uint64_t bytes;  // of what follows
  uint32_t compressed_bytes;
  uint32_t options;
  uint16_t minor;
  uint16_t major;
  uint32_t architecture;
};

template <class T>
T read(const unsigned char* place) {
  T value;
  std::memcpy(&value, place, sizeof value);
  return value;
}

}  // namespace

FatbinContents read_fatbin(const void* image) {
  const auto* place = static_cast<const unsigned char*>(image);
  FatbinContents contents;
  if (reinterpret_cast<uintptr_t>(image) % 8 != 0) {
    contents.problem = "the image is not aligned to 8 bytes";
    return contents;
  }
  const auto header = read<FileHeader>(place);
  if (header.magic != kMagic || header.header_bytes < sizeof header || header.bytes > kLargest) {
    contents.problem = "the image is no fatbin";
    return contents;
  }
  const unsigned char* entry = place + header.header_bytes;
  const unsigned char* const end = entry + header.bytes;
  while (entry + sizeof(EntryHeader) <= end) {
    const auto found = read<EntryHeader>(entry);
    if (found.header_bytes < sizeof(EntryHeader) || found.bytes > kLargest) {
      contents.problem = "the fatbin is damaged";
      return contents;
    }
    if (found.kind == kPtx || found.kind == kCubin) {
      contents.images.push_back({found.kind == kPtx, found.architecture});
    }
    entry += found.header_bytes + found.bytes;
  }
  if (entry != end) contents.problem = "the fatbin's entries do not end where it does";
  return contents;
}

bool has_code_for(const FatbinContents& contents, unsigned architecture) {
  for (const FatbinImage& image : contents.images) {
    const bool older = image.architecture <= architecture;
    const bool same_major = image.architecture / 10 == architecture / 10;
    if (older && (image.is_ptx || same_major)) return true;
  }
  return false;
}

}  // namespace tgc::standin
