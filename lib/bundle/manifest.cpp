// SPDX-License-Identifier: Apache-2.0
// The text of manifest.json and of NAME.h, both in a fixed order so that equal input gives equal
// bytes.
#include <algorithm>

#include "bundle/bundle.h"
#include "json/json_writer.h"
#include "support/sha256.h"

namespace tgc {
namespace {

void write_values(JsonWriter& json, std::string_view key, const std::vector<PlanValue>& values) {
  json.begin_array(key);
  for (const PlanValue& value : values) {
    json.begin_object(JsonWriter::Layout::line);
    json.member("name", value.name);
    json.member("dtype", dtype_name(value.dtype));
    json.begin_array("shape", JsonWriter::Layout::line);
    for (const DimExpr& dim : value.shape) {
      if (const auto constant = dim.constant()) {
        json.value(*constant);
      } else {
        json.value(dim.text());
      }
    }
    json.end_array();
    json.end_object();
  }
  json.end_array();
}

// Bytes of the intermediates that are alive at the same time, where most are: what an arena needs
// at least. The runtime's placement may leave gaps beside them.
DimExpr arena_bytes(const PlanProgram& program) {
  std::vector<DimExpr> peaks;  // of single steps, none sure to be below another
  const auto is_below = [](const DimExpr& a, const DimExpr& b) {
    return (b - a).lower_bound().value_or(-1) >= 0;
  };
  for (size_t step = 0; step < program.steps.size(); ++step) {
    DimExpr alive = 0;
    for (const PlanBuffer& buffer : program.buffers) {
      const bool is_alive = buffer.kind == BufferKind::arena && buffer.first >= 0 &&
                            buffer.first <= static_cast<int>(step) &&
                            static_cast<int>(step) <= buffer.last;
      if (is_alive) alive = alive + buffer.bytes;
    }
    const bool is_known = std::any_of(peaks.begin(), peaks.end(),
                                      [&](const DimExpr& peak) { return is_below(alive, peak); });
    if (is_known) continue;
    std::erase_if(peaks, [&](const DimExpr& peak) { return is_below(peak, alive); });
    peaks.push_back(std::move(alive));
  }
  DimExpr most = 0;
  for (const DimExpr& peak : peaks) most = most.is(0) ? peak : DimExpr::max(most, peak);
  return most;
}

// What moves between host and device in the plan for the device, in order.
void write_transfers(JsonWriter& json, const Plan& plan, const std::string& function) {
  json.begin_array("transfers");
  for (const PlanProgram& program : plan.programs) {
    if (!program.is_cuda || program.function != function) continue;
    for (const PlanStep& step : program.steps) {
      if (step.kind != StepKind::copy) continue;
      const PlanBuffer& from = program.buffers[static_cast<size_t>(step.args.at(0))];
      const PlanBuffer& to = program.buffers[static_cast<size_t>(step.args.at(1))];
      if (from.place.is_host() == to.place.is_host()) continue;
      const bool is_named = from.kind == BufferKind::input || from.kind == BufferKind::shared;
      json.begin_object(JsonWriter::Layout::line);
      json.member("variable", is_named ? from.name : step.node);
      json.member("from", from.place.is_host() ? "host" : from.place.context);
      json.member("to", to.place.is_host() ? "host" : to.place.context);
      json.end_object();
    }
  }
  json.end_array();
}

void write_functions(JsonWriter& json, const ManifestFacts& facts, const Plan& plan) {
  json.begin_array("functions");
  for (const FunctionRecord& function : facts.functions) {
    json.begin_object();
    json.member("name", function.name);
    json.member("nodes_before", function.nodes_before);
    json.member("nodes_after", function.nodes_after);
    const auto program = std::find_if(
        plan.programs.begin(), plan.programs.end(),
        [&](const PlanProgram& candidate) { return candidate.function == function.name; });
    if (program != plan.programs.end()) {
      write_values(json, "inputs", program->inputs);
      write_values(json, "outputs", program->outputs);
      std::vector<std::string> updates;
      for (const PlanUpdate& update : program->updates) {
        updates.push_back(plan.shared[static_cast<size_t>(update.shared)].name);
      }
      json.array("updates", updates);
      json.member("arena_bytes", arena_bytes(*program).text());
    }
    write_transfers(json, plan, function.name);
    json.begin_object("steps", JsonWriter::Layout::line);
    for (const PlanProgram& each : plan.programs) {
      if (each.function != function.name) continue;
      json.member(each.is_cuda ? "cuda" : "cpu", each.steps.size());
    }
    json.end_object();
    json.array("passes", function.passes);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

std::string manifest_text(const ManifestFacts& facts, const Plan& plan,
                          const std::vector<BundleFile>& files) {
  JsonWriter json;
  json.begin_object();
  json.member("tgc_bundle", 1);
  json.member("name", facts.name);
  json.member("tgc_version", facts.tgc_version);
  json.begin_object("tools");
  for (const auto& [tool, version] : facts.tools) json.member(tool, version);
  json.end_object();
  json.array("targets", facts.targets);
  if (!facts.cpu_features.empty()) json.array("cpu_features", facts.cpu_features);
  json.array("architectures", facts.architectures);
  json.member("minimum_driver", facts.minimum_driver);
  if (!facts.needs.empty()) json.array("needs", facts.needs);
  json.begin_array("flags");
  for (const FlagRecord& flag : facts.flags) {
    json.begin_object(JsonWriter::Layout::line);
    json.member("name", flag.name);
    json.member("value", flag.value);
    json.member("origin", flag.origin);
    json.end_object();
  }
  json.end_array();
  json.begin_array("shared");
  int64_t state_bytes = 0;
  for (const SharedVariable& variable : plan.shared) {
    json.begin_object(JsonWriter::Layout::line);
    json.member("name", variable.name);
    json.member("dtype", dtype_name(variable.type.dtype));
    json.array("shape", variable.value->dims());
    json.end_object();
    state_bytes += variable.value->byte_size();
  }
  json.end_array();
  json.member("state_bytes", state_bytes);
  write_functions(json, facts, plan);
  json.begin_array("kernels");
  for (const KernelRecord& kernel : facts.kernels) {
    json.begin_object(JsonWriter::Layout::line);
    json.member("name", kernel.name);
    json.member("target", kernel.target);
    json.array("nodes", kernel.nodes);
    json.member("text_sha256", kernel.text_sha256);
    json.end_object();
  }
  json.end_array();
  json.begin_array("files");
  std::vector<const BundleFile*> sorted;
  for (const BundleFile& file : files) sorted.push_back(&file);
  std::sort(sorted.begin(), sorted.end(),
            [](const BundleFile* a, const BundleFile* b) { return a->name < b->name; });
  for (const BundleFile* file : sorted) {
    json.begin_object(JsonWriter::Layout::line);
    json.member("name", file->name);
    json.member("bytes", file->bytes.size());
    json.member("sha256", sha256_hex(file->bytes));
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.take();
}

}  // namespace tgc
