// SPDX-License-Identifier: Apache-2.0
// The rows of `tgc passes`: the table of names together with what tgc really runs.
#include <algorithm>
#include <map>
#include <set>

#include "passes/pass_manager.h"
#include "passes/rewrite_names.h"

namespace tgc {
namespace {

constexpr std::string_view kWholeGraph = "gpu_optimizer2";  // asked by gpuarray_graph_optimization

std::string holder_of(const std::string& database) {
  return database == kWholeGraph ? "gpuarray_graph_optimization" : database;
}

// Databases that hold a pass of tgc, also indirectly.
std::set<std::string> working_databases() {
  std::set<std::string> working;
  std::vector<std::string> pending;
  for (const Pass& pass : all_passes()) pending.emplace_back(pass.name);
  while (!pending.empty()) {
    const RewriteName* row = find_rewrite(pending.back());
    pending.pop_back();
    if (row == nullptr) continue;
    for (const RewritePlace& place : rewrite_places(*row)) {
      const std::string holder = holder_of(place.database);
      if (working.insert(holder).second) pending.push_back(holder);
    }
  }
  return working;
}

std::optional<double> top_position(const RewriteName& row) {
  std::string database;
  for (const RewritePlace& place : rewrite_places(row)) {
    if (place.database == "optdb") return place.position;
    if (database.empty()) database = holder_of(place.database);
  }
  // databases do not hold themselves but for local_gemm_to_gemv, which lies in BlasOpt first
  const RewriteName* holder = database.empty() ? nullptr : find_rewrite(database);
  return holder == nullptr || holder == &row ? std::nullopt : top_position(*holder);
}

}  // namespace

std::vector<PassRow> pass_rows() {
  const std::set<std::string> databases = working_databases();
  std::vector<PassRow> rows;
  for (const RewriteName& name : rewrite_names()) {
    const Pass* pass = find_pass(name.name);
    PassRow row;
    row.name = name.name;
    row.tags = rewrite_tags(name);
    row.position = top_position(name);
    const bool works = pass != nullptr || databases.contains(row.name);
    row.status = works ? "works" : rewrite_status_name(name.status);
    row.note = works || name.status == RewriteStatus::not_yet ? name.summary : name.note;
    if (pass != nullptr) row.note = pass->summary;
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace tgc
