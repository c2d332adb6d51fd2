// SPDX-License-Identifier: Apache-2.0
// Writing a bundle folder, see bundle.h.
#include "bundle/bundle.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <ctime>
#include <utility>

#include "support/file.h"

namespace tgc {
namespace {

bool is_replaceable(const std::string& path, Diagnostics& diagnostics) {
  const auto facts = file_facts(path);
  if (!facts) return true;
  if (!facts->is_folder) {
    diagnostics.error("not-a-bundle", path + " is a file; a bundle is a folder").hint =
        "give another path with -o, or remove the file";
    return false;
  }
  std::error_code error;
  const auto names = list_folder(path, error);
  if (names && names->empty()) return true;
  const auto manifest = read_file(join_path(path, "manifest.json"), error);
  if (manifest && manifest->find("\"tgc_bundle\"") != std::string::npos) return true;
  diagnostics.error("not-a-bundle", path + " is a folder that is not a tgc bundle").hint =
      "tgc replaces bundles and empty folders only; give another path with -o";
  return false;
}

// Gives `to` the modification time of `from` when both hold the same bytes.
void keep_time(const std::string& from, const std::string& to, const std::string& bytes) {
  std::error_code error;
  const auto old = read_file(from, error);
  if (!old || *old != bytes) return;
  struct stat facts {};
  if (stat(from.c_str(), &facts) != 0) return;
  const timespec times[2] = {facts.st_atim, facts.st_mtim};
  utimensat(AT_FDCWD, to.c_str(), times, 0);
}

bool write_failed(const std::string& path, const std::error_code& error, Diagnostics& diagnostics) {
  diagnostics.error("cannot-write", "cannot write " + path + ": " + error.message());
  return false;
}

}  // namespace

bool write_bundle(const std::string& path, std::vector<BundleFile> files, std::string manifest,
                  Diagnostics& diagnostics) {
  if (!is_replaceable(path, diagnostics)) return false;
  files.push_back({"manifest.json", std::move(manifest), false});
  std::string target = path;
  while (target.size() > 1 && target.back() == '/') target.pop_back();
  std::error_code error = make_folders(parent_folder(target));
  if (error) return write_failed(parent_folder(target), error, diagnostics);
  TempFolder::sweep(parent_folder(target), "." + file_name(target) + ".");
  auto fresh = TempFolder::make(parent_folder(target), "." + file_name(target) + ".", error);
  if (!fresh) return write_failed(parent_folder(target), error, diagnostics);
  chmod(fresh->path().c_str(), 0755);
  for (const BundleFile& file : files) {
    const std::string place = join_path(fresh->path(), file.name);
    error = make_folders(parent_folder(place));
    if (!error) error = write_file_atomically(place, file.bytes, {false, file.executable});
    if (error) return write_failed(join_path(path, file.name), error, diagnostics);
    keep_time(join_path(target, file.name), place, file.bytes);
  }
  const ReplaceResult replaced = replace_folder(fresh->path(), target);
  if (replaced.error) return write_failed(path, replaced.error, diagnostics);
  fresh->release();
  return true;
}

}  // namespace tgc
