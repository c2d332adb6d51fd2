// SPDX-License-Identifier: Apache-2.0
// The members of a ZIP archive (.npz): stored and deflated ones, with ZIP64 (APPNOTE.TXT of
// PKWARE).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "json/tensor_archive.h"

namespace tgc {

// Names without the ".npy" that NumPy appends.
std::optional<std::vector<ArchiveEntry>> read_zip_index(const InputFile& file, ArchiveError& error);

struct ZipMember {
  std::string name;  // as it will stand in the archive
  std::string bytes;
};
// An archive of stored members, the same bytes for the same members.
std::string zip_bytes(const std::vector<ZipMember>& members);

}  // namespace tgc
