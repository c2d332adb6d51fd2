// SPDX-License-Identifier: Apache-2.0
// See flag_rules.h.
#include "flags/flag_rules.h"

#include "support/text.h"

namespace tgc {
namespace {

bool is_true(const FlagValue& value) {
  return std::get<bool>(value);
}

FlagMapping map_mode(const std::string& mode) {
  // A predefined mode has its own optimizer, whatever the flag optimizer says.
  if (mode == "FAST_RUN") return {"optimizer", "fast_run", true};
  if (mode == "FAST_COMPILE") return {"optimizer", "fast_compile", true};
  return {};
}

// Theano's cache folder is not emptied by `tgc cache purge`: ours lies below it.
FlagMapping map_cache_folder(const std::string& folder) {
  if (folder.empty()) return {};
  return {"cache_dir", folder + (folder.ends_with('/') ? "tgc" : "/tgc"), false};
}

bool has_fast_math(const std::string& options) {
  return options.find("-use_fast_math") != std::string::npos;
}

}  // namespace

FlagMapping map_flag(const FlagDef& flag, const FlagValue& value) {
  const std::string_view name = flag.name;
  if (name == "lib.cnmem") return {"gpuarray.preallocate", flag_value_text(value), false};
  if (name == "nvcc.fastmath") return {"fast_math", flag_value_text(value), false};
  if (name == "nvcc.flags" && has_fast_math(std::get<std::string>(value))) {
    return {"fast_math", "True", false};
  }
  if (name == "openmp") return {"threads", is_true(value) ? "0" : "1", false};
  if (name == "mode") return map_mode(std::get<std::string>(value));
  if (name == "gpu.local_elemwise_fusion" && !is_true(value)) {
    return {"optimizer_excluding", "gpua_elemwise_fusion", false};
  }
  if (name == "tensor.local_elemwise_fusion" && !is_true(value)) {
    return {"optimizer_excluding", "elemwise_fusion", false};
  }
  if (name == "gpuarray.cache_path" || name == "base_compiledir" || name == "compiledir") {
    return map_cache_folder(std::get<std::string>(value));
  }
  return {};
}

std::string reason_of_no_effect(const FlagDef& flag, const FlagValue& value) {
  if (value == default_flag_value(flag)) return "";
  const bool is_all_mapped = flag.name == "nvcc.flags" &&
                             trim(std::get<std::string>(value)).ends_with("-use_fast_math") &&
                             trim(std::get<std::string>(value)).find(' ') == std::string_view::npos;
  if (is_all_mapped) return "";
  if (flag.action == FlagAction::warns) return std::string(flag.detail);
  const auto* word = std::get_if<std::string>(&value);
  if (flag.name == "dnn.enabled" && *word == "True") {
    return "kernels are generated, none is cuDNN's";
  }
  if (flag.name == "mode") {
    if (*word == "NanGuardMode" || *word == "DebugMode" || *word == "DEBUG_MODE") return "";
    if (map_mode(*word).target.empty())
      return "it names a back-end of PyTensor; it is taken as Mode";
  }
  return "";
}

}  // namespace tgc
