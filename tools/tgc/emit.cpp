// SPDX-License-Identifier: Apache-2.0
// See emit.h.
#include "tgc/emit.h"

#include <algorithm>

#include "support/file.h"

namespace tgc {
namespace {

using Emitted = std::pair<std::string, std::string>;  // file name, bytes

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// The stage an emitted file is of, by how compile() names it.
std::string stage_of(const std::string& name) {
  if (ends_with(name, ".graph.txt")) return "optimized";
  if (ends_with(name, ".plan.txt")) return "plan";
  if (ends_with(name, ".cu")) return "cuda";
  if (ends_with(name, ".o")) return "object";
  return name.substr(name.rfind('.') + 1);
}

// What a user writes to get a stage that the targets at hand do not make.
std::string target_with(const std::string& stage) {
  if (stage == "ptx") return "cuda:compute_75";
  if (stage == "cubin") return "cuda:sm_90";
  return stage == "cuda" || stage == "fatbin" ? "cuda" : "cpu";
}

bool is_folder(const std::string& path) {
  const auto facts = file_facts(path);
  return ends_with(path, "/") || (facts && facts->is_folder);
}

bool write(const std::string& path, const std::string& bytes, Invocation& invocation) {
  std::error_code error = make_folders(parent_folder(path));
  if (!error) error = write_file_if_changed(path, bytes).error;
  if (!error) return true;
  invocation.diagnostics.error("cannot-write", "cannot write " + path + ": " + error.message());
  return false;
}

// Files to one place; several are told apart by name, on stdout by a line before each.
bool write_group(const std::vector<const Emitted*>& files, const std::string& path,
                 Invocation& invocation, std::vector<std::string>& written) {
  if (path == "-") {
    for (const Emitted* file : files) {
      if (files.size() > 1) invocation.console.print("==> " + file->first + " <==\n");
      invocation.console.print(file->second);
    }
    written.emplace_back("-");
    return true;
  }
  if (path == "/dev/null") return true;
  const bool is_file = !path.empty() && files.size() == 1 && !is_folder(path);
  for (const Emitted* file : files) {
    const std::string target = is_file ? path : join_path(path, file->first);
    if (!write(target, file->second, invocation)) return false;
    written.push_back(target);
  }
  return true;
}

}  // namespace

std::optional<std::vector<std::string>> write_emitted(const CompileResult& result,
                                                      const std::vector<EmitOption>& emits,
                                                      const std::string& output,
                                                      Invocation& invocation) {
  std::vector<std::string> written;
  std::vector<const Emitted*> without_path;
  for (const EmitOption& emit : emits) {
    std::vector<const Emitted*> files;
    for (const Emitted& file : result.emitted) {
      if (stage_of(file.first) == emit.stage) files.push_back(&file);
    }
    if (files.empty()) {
      invocation.diagnostics
          .error("nothing-to-emit", "--emit=" + emit.stage + ": the targets make no " + emit.stage)
          .hint = "add --target " + target_with(emit.stage);
      return std::nullopt;
    }
    if (emit.path.empty()) {
      without_path.insert(without_path.end(), files.begin(), files.end());
    } else if (!write_group(files, emit.path, invocation, written)) {
      return std::nullopt;
    }
  }
  if (!without_path.empty() && !write_group(without_path, output, invocation, written)) {
    return std::nullopt;
  }
  return written;
}

}  // namespace tgc
