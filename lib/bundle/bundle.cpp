// SPDX-License-Identifier: Apache-2.0
// Writing a bundle folder, see bundle.h.
#include "bundle/bundle.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <ctime>
#include <set>
#include <utility>

#include "json/json_parser.h"
#include "support/file.h"
#include "support/text.h"

namespace tgc {
namespace {

// The names of the files that the manifest lists, and its own; nothing when it is not one of tgc's.
std::optional<std::set<std::string>> listed_files(const std::string& folder) {
  std::error_code error;
  auto text = read_file(join_path(folder, "manifest.json"), error);
  if (!text) return std::nullopt;
  Diagnostics ignored;
  const auto document = parse_json("manifest.json", std::move(*text), {}, ignored);
  if (!document || !document->root().is_object() || !document->root().find("tgc_bundle")) {
    return std::nullopt;
  }
  std::set<std::string> names = {"manifest.json"};
  const auto files = document->root().find("files");
  if (!files || !files->is_array()) return names;
  for (const JsonValue& file : files->elements()) {
    const auto name = file.is_object() ? file.find("name") : std::nullopt;
    if (name && name->is_string()) names.insert(name->string());
  }
  return names;
}

// What lies in the bundle `folder` beside its own files: paths relative to it, folders with "/".
void add_foreign(const std::string& folder, const std::string& prefix,
                 const std::set<std::string>& known, std::vector<std::string>& foreign) {
  std::error_code error;
  const auto names = list_folder(join_path(folder, prefix), error);
  for (const std::string& name : names.value_or(std::vector<std::string>())) {
    const std::string path = prefix + name;
    if (known.count(path) != 0) continue;
    const auto facts = file_facts(join_path(folder, path));
    const std::string below = path + "/";
    const auto next = known.lower_bound(below);
    if (facts && facts->is_folder && next != known.end() && next->starts_with(below)) {
      add_foreign(folder, below, known, foreign);
    } else {
      foreign.push_back(facts && facts->is_folder ? below : path);
    }
  }
}

// Replacing the folder would lose what somebody else put there.
bool is_without_foreign_files(const std::string& path, const std::set<std::string>& known,
                              Diagnostics& diagnostics) {
  constexpr size_t kNamed = 4;
  std::vector<std::string> foreign;
  add_foreign(path, "", known, foreign);
  if (foreign.empty()) return true;
  const size_t more = foreign.size() - std::min(foreign.size(), kNamed);
  foreign.resize(foreign.size() - more);
  diagnostics
      .error("foreign-files", "the bundle " + path +
                                  " holds what tgc did not put there: " + join(foreign, ", ") +
                                  (more > 0 ? " and " + std::to_string(more) + " more" : ""))
      .hint =
      "replacing the bundle would delete it: move it elsewhere, or give another path with -o";
  return false;
}

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
  if (const auto known = listed_files(path)) {
    return is_without_foreign_files(path, *known, diagnostics);
  }
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
  target = followed_path(target);  // a link stays and leads to the new bundle
  std::error_code error = make_folders(parent_folder(target));
  if (error) return write_failed(parent_folder(target), error, diagnostics);
  const std::string prefix = "." + file_name(target) + ".";
  TempFolder::sweep(parent_folder(target), prefix);
  auto fresh = TempFolder::make(parent_folder(target), prefix, error);
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
