// SPDX-License-Identifier: Apache-2.0
// See inplace.h. Here too: add_destroy_handler, inplace_elemwise_opt, gpua_inplace_opt,
// InplaceBlasOpt and the in-place subtensor passes, which differ only in the Applies they look at.
//   y = f(x), x dies here  ->  y may overwrite x
// Relies on: no later pass adds readers. Guarantees: the verifier accepts every permission; the
// values do not change.
#include "passes/inplace.h"

#include <algorithm>

#include "graph/verifier.h"

namespace tgc {

InplaceJudge::InplaceJudge(const Graph& graph, const PassContext& context)
    : graph_(graph), context_(context), sharing_(graph) {
  for (const ApplyId id : graph.topological_order()) {
    position_.emplace(id, position_.size());
    const Apply& apply = graph.apply(id);
    for (const Destroy& destroy : apply.destroys) note_destroyed(apply, destroy.input);
  }
}

void InplaceJudge::note_destroyed(const Apply& apply, int input) {
  destroyed_.insert(sharing_.root(apply.inputs.at(static_cast<size_t>(input))));
}

// The Graph's outputs are the results, then the new values of updates.
bool InplaceJudge::is_own_update(const Variable& memory, VariableId output) const {
  return memory.kind == VariableKind::shared &&
         std::any_of(context_.updates.begin(), context_.updates.end(), [&](const Update& update) {
           return update.shared == memory.name && graph_.outputs().at(update.output) == output;
         });
}

bool InplaceJudge::may_destroy(const Apply& apply, int output, int input) const {
  const VariableId read = apply.inputs.at(static_cast<size_t>(input));
  const VariableId written = apply.outputs.at(static_cast<size_t>(output));
  const TensorType& from = graph_.type(read);
  const TensorType& to = graph_.type(written);
  if (from.dtype != to.dtype || from.place != to.place || !shapes_agree(from.shape, to.shape)) {
    return false;
  }
  const VariableId memory = sharing_.root(read);
  const Variable& root = graph_.variable(memory);
  if (root.kind != VariableKind::output && !is_own_update(root, written)) return false;
  if (destroyed_.contains(memory)) return false;
  const size_t here = position_.at(apply.id);
  for (const VariableId sharer : sharing_.sharers(memory)) {
    for (const Use& use : graph_.uses(sharer)) {
      const bool is_this = use.apply == apply.id && use.index == input;
      if (is_this) continue;
      if (!use.apply.valid() || position_.at(use.apply) >= here) return false;
    }
  }
  return true;
}

namespace {

// The first allowed destroy of each output.
std::vector<Destroy> allowed(InplaceJudge& judge, const Apply& apply,
                             const std::vector<Destroy>& pairs) {
  std::vector<Destroy> chosen;
  for (const Destroy& pair : pairs) {
    const bool has_output = std::any_of(chosen.begin(), chosen.end(), [&](const Destroy& other) {
      return other.output == pair.output;
    });
    if (has_output || !judge.may_destroy(apply, pair.output, pair.input)) continue;
    judge.note_destroyed(apply, pair.input);
    chosen.push_back(pair);
  }
  return chosen;
}

}  // namespace

namespace {

// Theano's names for one op of a pass that marks several.
struct InplacePart {
  std::string_view pass;
  std::string_view op;
  std::string_view name;
};
constexpr InplacePart kParts[] = {
    {"InplaceBlasOpt", "gemm", "local_inplace_gemm"},
    {"InplaceBlasOpt", "gemv", "c_blas_destructive"},
    {"InplaceBlasOpt", "gemv", "local_inplace_gemv"},
    {"InplaceBlasOpt", "gemv", "make_c_gemv_destructive"},
    {"InplaceBlasOpt", "ger", "c_blas_destructive"},
    {"InplaceBlasOpt", "ger", "local_inplace_ger"},
    {"InplaceBlasOpt", "ger", "make_c_ger_destructive"},
    {"InplaceBlasOpt", "ger", "make_scipy_blas_destructive"},
    {"InplaceGpuaBlasOpt", "gemm", "local_inplace_gpuagemm"},
    {"InplaceGpuaBlasOpt", "gemv", "local_inplace_gpuagemv"},
    {"InplaceGpuaBlasOpt", "ger", "local_inplace_gpuager"},
};

bool is_left_out(const PassContext& context, std::string_view pass, const Apply& apply) {
  return std::any_of(std::begin(kParts), std::end(kParts), [&](const InplacePart& part) {
    return part.pass == pass && part.op == apply.op->name && context.is_excluded(part.name);
  });
}

Pass with_all_parts(Pass pass) {
  for (const InplacePart& part : kParts) {
    if (part.pass == pass.name) pass.parts.push_back(part.name);
  }
  return pass;
}

}  // namespace

void mark_inplace(Graph& graph, const PassContext& context, std::string_view name,
                  std::vector<Destroy> (*candidates)(const Graph&, const Apply&)) {
  if (!context.has_destroy_handler) return;
  InplaceJudge judge(graph, context);
  for (const ApplyId id : graph.topological_order()) {
    const Apply& apply = graph.apply(id);
    if (!apply.destroys.empty() || is_left_out(context, name, apply)) continue;
    const std::vector<Destroy> destroys = allowed(judge, apply, candidates(graph, apply));
    if (destroys.empty() || !context.allows_one()) continue;
    for (const Destroy& destroy : destroys) {
      if (!context.on_replace) break;
      const VariableId read = apply.inputs[static_cast<size_t>(destroy.input)];
      const VariableId written = apply.outputs[static_cast<size_t>(destroy.output)];
      context.on_replace(
          {name, variable_label(graph, written), variable_label(graph, read) + " in place"});
    }
    Origin origin = apply.origin;
    origin.rewrites.emplace_back(name);
    graph.set_origin(id, std::move(origin));
    graph.set_destroys(id, destroys);
  }
}

namespace {

bool is_on_host(const Graph& graph, const Apply& apply) {
  return graph.type(apply.outputs.at(0)).place.is_host();
}

std::vector<Destroy> each_input(const Apply& apply) {
  std::vector<Destroy> pairs;
  for (size_t output = 0; output < apply.outputs.size(); ++output) {
    for (size_t input = 0; input < apply.inputs.size(); ++input) {
      pairs.push_back({static_cast<int>(output), static_cast<int>(input)});
    }
  }
  return pairs;
}

bool is_elementwise(const Apply& apply) {
  return apply.op->is_elementwise() || apply.op->name == "composite";
}

std::vector<Destroy> host_elementwise(const Graph& graph, const Apply& apply) {
  const bool fits = is_elementwise(apply) && is_on_host(graph, apply);
  return fits ? each_input(apply) : std::vector<Destroy>{};
}

std::vector<Destroy> gpu_elementwise(const Graph& graph, const Apply& apply) {
  const bool fits = is_elementwise(apply) && !is_on_host(graph, apply);
  return fits ? each_input(apply) : std::vector<Destroy>{};
}

bool is_product_sum(const Apply& apply) {
  return apply.op->name == "gemm" || apply.op->name == "gemv" || apply.op->name == "ger";
}

std::vector<Destroy> host_blas(const Graph& graph, const Apply& apply) {
  if (is_product_sum(apply) && is_on_host(graph, apply)) return {{0, 0}};
  return {};
}

std::vector<Destroy> gpu_blas(const Graph& graph, const Apply& apply) {
  if (is_product_sum(apply) && !is_on_host(graph, apply)) return {{0, 0}};
  return {};
}

std::vector<Destroy> subtensor(const Graph&, const Apply& apply) {
  const std::string_view op = apply.op->name;
  if (op == "inc_subtensor" || op == "set_subtensor") return {{0, 0}};
  return {};
}

bool is_vector_write(const Apply& apply) {
  const std::string_view op = apply.op->name;
  return op.starts_with("advanced_inc_subtensor") || op.starts_with("advanced_set_subtensor");
}

std::vector<Destroy> host_vectors(const Graph& graph, const Apply& apply) {
  if (is_vector_write(apply) && is_on_host(graph, apply)) return {{0, 0}};
  return {};
}

std::vector<Destroy> gpu_vectors(const Graph& graph, const Apply& apply) {
  if (is_vector_write(apply) && !is_on_host(graph, apply)) return {{0, 0}};
  return {};
}

using Candidates = std::vector<Destroy> (*)(const Graph&, const Apply&);

template <const char* const& name, Candidates candidates>
Pass marking(std::string_view summary) {
  return graph_pass(name, summary, [](Graph& graph, PassContext& context) {
    mark_inplace(graph, context, name, candidates);
  });
}

constexpr const char* kElemwise = "inplace_elemwise_opt";
constexpr const char* kGpuElemwise = "gpua_inplace_opt";
constexpr const char* kBlas = "InplaceBlasOpt";
constexpr const char* kGpuBlas = "InplaceGpuaBlasOpt";
constexpr const char* kSubtensor = "local_inplace_setsubtensor";
constexpr const char* kVectors = "local_inplace_incsubtensor1";
constexpr const char* kGpuVectors = "local_advincsub1_gpua_inplace";

// What Theano's handler does, InplaceJudge and the verifier do; the pass switches them on.
void add_destroy_handler(Graph&, PassContext& context) {
  context.has_destroy_handler = true;
}

}  // namespace

std::vector<Pass> inplace_passes() {
  return {
      graph_pass("add_destroy_handler",
                 "from here on a result may be marked to overwrite an input; without it none is",
                 add_destroy_handler),
      marking<kElemwise, host_elementwise>(
          "elementwise result -> overwrites an input that dies there"),
      marking<kGpuElemwise, gpu_elementwise>(
          "elementwise result on the GPU -> overwrites an input that dies there"),
      with_all_parts(marking<kBlas, host_blas>("gemm, gemv, ger -> write into their accumulator")),
      with_all_parts(marking<kGpuBlas, gpu_blas>(
          "gemm, gemv, ger on the GPU -> write into their accumulator")),
      marking<kSubtensor, subtensor>("inc_subtensor, set_subtensor -> write into x"),
      marking<kVectors, host_vectors>(
          "inc_subtensor, set_subtensor with integer vectors -> write into x"),
      marking<kGpuVectors, gpu_vectors>(
          "inc_subtensor, set_subtensor with integer vectors on the GPU -> write into x"),
  };
}

}  // namespace tgc
