// SPDX-License-Identifier: Apache-2.0
// Files and folders as tgc needs them: nothing half-written, names in sorted order, and an
// std::error_code (success is false) in place of exceptions. Linux only.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace tgc {

// The whole file, or nothing and the reason in `error`.
std::optional<std::string> read_file(const std::string& path, std::error_code& error);

struct WriteOptions {
  bool durable = false;  // fsync file and folder: survives a power cut, costs milliseconds
  bool executable = false;
};

// Writes a temporary file beside `path` and renames it: readers see the old bytes or the new ones.
// A link stays and the file it names is written; a device, pipe or socket is written to as it is.
std::error_code write_file_atomically(const std::string& path, std::string_view bytes,
                                      WriteOptions options = {});

struct WriteResult {
  std::error_code error;
  bool changed = false;  // false: the file had these bytes already and keeps its time
};
WriteResult write_file_if_changed(const std::string& path, std::string_view bytes,
                                  WriteOptions options = {});

struct FileFacts {
  uint64_t size = 0;
  int64_t modified_ns = 0;  // since the epoch
  bool is_folder = false;
  bool is_file = false;
};
// Follows links; nothing when there is no such file or it cannot be looked at.
std::optional<FileFacts> file_facts(const std::string& path);
bool path_exists(const std::string& path);
// What the links at the end of `path` lead to, which need not exist; `path` when it is no link.
std::string followed_path(const std::string& path);

// Makes the folder and its missing parents.
std::error_code make_folders(const std::string& path);
// Names (without "." and ".."), sorted by bytes.
std::optional<std::vector<std::string>> list_folder(const std::string& path,
                                                    std::error_code& error);
// Removes a file, or a folder with all it holds; links are removed, not followed. No error when
// there is nothing to remove.
std::error_code remove_tree(const std::string& path);
// Can files be made in this folder (which exists)?
bool is_writable_folder(const std::string& path);

struct ReplaceResult {
  std::error_code error;
  // True: exchanged in one step. False: the file system cannot, so `target` was missing for a
  // moment.
  bool in_one_step = true;
};
// Puts the folder `fresh` in the place of the folder `target`, then removes what was there. Both
// lie in one file system. When `target` does not exist this is a rename.
// `may_exchange` is for tests of the second way.
ReplaceResult replace_folder(const std::string& fresh, const std::string& target,
                             bool may_exchange = true);

// A fresh folder that is removed, with all it holds, when the object goes.
class TempFolder {
 public:
  // In `parent`, or where it is empty in $TMPDIR, else /tmp. The name is `prefix` and 6 characters.
  static std::optional<TempFolder> make(const std::string& parent, const std::string& prefix,
                                        std::error_code& error);
  // Removes the folders that make(parent, prefix, ...) made in processes that were killed since.
  static void sweep(const std::string& parent, const std::string& prefix);
  TempFolder(TempFolder&& other) noexcept;
  TempFolder& operator=(TempFolder&& other) noexcept;
  ~TempFolder();

  [[nodiscard]] const std::string& path() const { return path_; }
  // The folder stays; the object forgets it. Returns its path.
  std::string release();

 private:
  TempFolder(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::string path_;
  int lock_ = -1;  // a descriptor of the folder, locked while this object lives: it is in use
};

// "a/b" for a and b; b alone when it is absolute or a is empty.
std::string join_path(std::string_view folder, std::string_view name);
std::string parent_folder(const std::string& path);  // "." for a bare name
std::string file_name(const std::string& path);      // what follows the last slash
// The folder of the running program, without links; "" when it cannot be told.
std::string executable_folder();

}  // namespace tgc
