// SPDX-License-Identifier: Apache-2.0
// See reproducer.h.
#include "tgc/reproducer.h"

#include <algorithm>

#include "driver/compile.h"
#include "json/json_parser.h"
#include "support/file.h"
#include "support/process.h"

namespace tgc {
namespace {

// Larger files are named, not copied.
constexpr uint64_t kMaxCopiedBytes = uint64_t{256} << 20;

// Where the copy of an input lies in the folder. Paths stay relative to one another, so that a
// model finds its weights: "../a/m.json" becomes "files/up/a/m.json".
std::string place_of(const std::string& path) {
  std::string place = "files";
  for (size_t begin = 0; begin < path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string part = path.substr(begin, end - begin);
    begin = end + 1;
    if (part == "..") {
      place += "/up";
    } else if (!part.empty() && part != ".") {
      place += "/" + part;
    }
  }
  return place;
}

// A bundle is a folder: all its files are copied.
std::string copy_input(const std::string& folder, const std::string& path) {
  const auto facts = file_facts(path);
  if (facts && facts->is_folder) {
    std::string listing;
    std::error_code ignored;
    for (const std::string& name :
         list_folder(path, ignored).value_or(std::vector<std::string>())) {
      listing += copy_input(folder, join_path(path, name));
    }
    return listing;
  }
  if (!facts || !facts->is_file) return path + ": no regular file\n";
  if (facts->size > kMaxCopiedBytes) {
    return path + ": not copied, it has " + std::to_string(facts->size) + " bytes\n";
  }
  std::error_code error;
  const auto bytes = read_file(path, error);
  const std::string target = join_path(folder, place_of(path));
  if (bytes && !error) error = make_folders(parent_folder(target));
  if (bytes && !error) error = write_file_atomically(target, *bytes);
  return path + ": " + (error ? "not copied, " + error.message() : place_of(path)) + "\n";
}

// Arguments that name an input, alone or behind "NAME=", name its copy.
std::string moved_argument(const std::string& argument, const std::vector<std::string>& inputs) {
  for (const std::string& input : inputs) {
    if (argument == input) return place_of(input);
    const size_t equals = argument.find('=');
    if (equals != std::string::npos && argument.compare(equals + 1, input.size(), input) == 0) {
      return argument.substr(0, equals + 1) + place_of(input) +
             argument.substr(equals + 1 + input.size());
    }
  }
  return argument;
}

void collect_files(JsonValue value, const std::string& folder, std::vector<std::string>& files) {
  if (!value.is_object() && !value.is_array()) return;
  for (const JsonValue child : value.elements()) {
    if (value.is_object() && child.key() == "file" && child.is_string()) {
      std::string path = join_path(folder, child.string());
      if (std::find(files.begin(), files.end(), path) == files.end()) {
        files.push_back(std::move(path));
      }
    }
    collect_files(child, folder, files);
  }
}

// The weights that a graph file names, as it names them: relative to its folder.
std::vector<std::string> named_files(const std::string& model) {
  std::vector<std::string> files;
  std::error_code error;
  auto text = read_file(model, error);
  if (!model.ends_with(".json") || !text) return files;
  Diagnostics ignored;
  const auto document = parse_json_with_mistakes(model, std::move(*text), {}, ignored);
  const std::string folder = model.find('/') == std::string::npos ? "" : parent_folder(model);
  if (document) collect_files(document->root(), folder, files);
  return files;
}

constexpr const char* kHomeFiles[] = {".tgcrc", ".theanorc", ".aesararc", ".pytensorrc"};

// The files that flags come from: the project's lies where the command starts, those of the home
// folder in a home of their own. Isolated commands read none of the latter.
std::string copy_config(const Reproducer& reproducer, const std::string& folder) {
  std::string listing;
  const auto copy = [&](const std::string& from, const std::string& name) {
    std::error_code error;
    const auto bytes = read_file(from, error);
    if (!bytes) return;
    const std::string target = join_path(folder, name);
    error = make_folders(parent_folder(target));
    if (!error) error = write_file_atomically(target, *bytes);
    listing += from + ": " + (error ? "not copied, " + error.message() : name) + "\n";
  };
  copy("tgc.toml", "tgc.toml");
  const std::string home = reproducer.environment("HOME").value_or("");
  if (home.empty()) return listing;
  for (const char* name : kHomeFiles) copy(join_path(home, name), std::string("home/") + name);
  return listing;
}

std::string run_script(const Reproducer& reproducer) {
  std::string text = "#!/bin/sh\n# Starts the failing command on the copies in this folder.\n";
  text += "cd \"$(dirname \"$0\")\" || exit 3\n";
  text += "HOME=$PWD/home\nexport HOME\n";
  for (const char* name : {"TGC_FLAGS", "THEANO_FLAGS", "AESARA_FLAGS", "PYTENSOR_FLAGS"}) {
    if (const auto value = reproducer.environment(name)) {
      text += "export " + shell_text({std::string(name) + "=" + *value}) + "\n";
    }
  }
  std::vector<std::string> words;
  for (const std::string& argument : reproducer.arguments) {
    words.push_back(moved_argument(argument, reproducer.inputs));
  }
  return text + "exec \"${TGC:-tgc}\" " + shell_text(words) + "\n";
}

}  // namespace

std::optional<std::string> write_reproducer(const Reproducer& reproducer) {
  std::error_code error;
  auto folder = TempFolder::make("", "tgc-error-", error);
  if (!folder) return std::nullopt;
  const std::string path = folder->path();
  std::string listing;
  for (const std::string& input : reproducer.inputs) {
    listing += copy_input(path, input);
    for (const std::string& weights : named_files(input)) listing += copy_input(path, weights);
  }
  listing += copy_config(reproducer, path);
  const std::string message =
      "tgc " + std::string(kVersion) + ", built with c++ " __VERSION__ + "\n" + reproducer.message +
      "\n\ncommand: " + shell_text(reproducer.arguments) + "\n\nfiles it read:\n" + listing;
  WriteOptions executable;
  executable.executable = true;
  if (write_file_atomically(path + "/message.txt", message)) return std::nullopt;
  if (write_file_atomically(path + "/run.sh", run_script(reproducer), executable)) {
    return std::nullopt;
  }
  return folder->release();
}

}  // namespace tgc
