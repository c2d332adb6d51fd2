// SPDX-License-Identifier: Apache-2.0
// See scan_checkpoints.h. The outer loop runs over whole parts of save_every steps, each an inner
// loop that gives its last values; all sizes are known where those of the given loop are.
#include "ops/scan_checkpoints.h"

#include "ops/index_template.h"
#include "ops/scan.h"
#include "support/check.h"

namespace tgc {
namespace {

using Variables = std::vector<VariableId>;

VariableId rows(Builder& builder, VariableId x, std::optional<DimExpr> start,
                std::optional<DimExpr> stop, int64_t step = 1) {
  const std::vector<IndexEntry> index{slice(std::move(start), std::move(stop), step)};
  return builder.call("subtensor", {x}, {{"index", index}});
}

VariableId last_row(Builder& builder, VariableId x) {
  IndexEntry last;
  last.kind = IndexEntry::Kind::index;
  last.start = DimExpr(-1);
  return builder.call("subtensor", {x}, {{"index", std::vector<IndexEntry>{last}}});
}

// A first axis of one element, as an initial value has.
VariableId with_axis(Builder& builder, VariableId x) {
  std::vector<int64_t> order{-1};
  for (int64_t axis = 0; axis < builder.graph().type(x).rank(); ++axis) order.push_back(axis);
  return builder.call("dimshuffle", {x}, {{"order", order}});
}

class Checkpoints {
 public:
  Checkpoints(Builder& builder, const Apply& loop, int64_t save_every)
      : builder_(builder),
        layout_(scan_layout(loop.attributes)),
        step_(loop.inner.at(0)),
        steps_(std::get<DimExpr>(loop.attributes.at("n_steps"))),
        every_(save_every),
        parts_(DimExpr::floor_div(steps_, DimExpr(save_every))) {
    for (size_t i = 0; i < loop.inputs.size(); ++i) {
      if (i < layout_.sequences) {
        sequences_.push_back(in_order(loop.inputs[i]));
      } else if (i < layout_.loop_rest) {
        initial_.push_back(loop.inputs[i]);
      } else {
        stays_.push_back(loop.inputs[i]);
      }
    }
  }

  Variables run() {
    const Variables whole = whole_parts();
    const DimExpr rest = steps_ - parts_ * DimExpr(every_);
    return rest.is(0) ? kept(whole) : with_rest(whole, rest);
  }

 private:
  // A sequence in the order of the steps, as many elements as there are steps.
  VariableId in_order(VariableId sequence) {
    if (layout_.is_backwards) sequence = rows(builder_, sequence, {}, {}, -1);
    return rows(builder_, sequence, DimExpr(0), steps_);
  }

  Variables scan(Builder& builder, const Variables& sequences, const Variables& initial,
                 const Variables& stays, const DimExpr& steps, std::shared_ptr<const Graph> step) {
    Variables inputs = sequences;
    inputs.insert(inputs.end(), initial.begin(), initial.end());
    inputs.insert(inputs.end(), stays.begin(), stays.end());
    const std::vector<std::vector<int64_t>> taps(initial.size(), {-1});
    const Attributes attributes = scan_attributes(sequences.size(), taps, steps);
    const ApplyId loop = builder.add("scan", inputs, attributes, {std::move(step)});
    return builder.graph().apply(loop).outputs;
  }

  // One part: save_every steps, the last values.
  std::shared_ptr<const Graph> part_graph() {
    Graph graph;
    Builder builder(graph, builder_.registry(), builder_.float_x());
    builder.set_origin(builder_.origin());
    Variables sequences;
    Variables initial;
    Variables stays;
    for (size_t i = 0; i < step_->inputs().size(); ++i) {
      const Variable& input = step_->variable(step_->inputs()[i]);
      TensorType type = input.type;
      if (i < layout_.sequences) type.shape.insert(type.shape.begin(), DimExpr(every_));
      const VariableId id = graph.add_input(type, input.name);
      if (i < layout_.sequences) {
        sequences.push_back(id);
      } else if (i < layout_.step_rest) {
        initial.push_back(with_axis(builder, id));
      } else {
        stays.push_back(id);
      }
    }
    for (const VariableId result :
         scan(builder, sequences, initial, stays, DimExpr(every_), step_)) {
      graph.add_output(last_row(builder, result));
    }
    return std::make_shared<const Graph>(std::move(graph));
  }

  Variables whole_parts() {
    Variables sequences;
    for (const VariableId sequence : sequences_) {
      const VariableId filled = rows(builder_, sequence, DimExpr(0), parts_ * DimExpr(every_));
      Shape shape = builder_.graph().type(sequence).shape;
      shape[0] = DimExpr(every_);
      shape.insert(shape.begin(), parts_);
      sequences.push_back(builder_.call("reshape", {filled}, {{"shape", shape}}));
    }
    return scan(builder_, sequences, initial_, stays_, parts_, part_graph());
  }

  // Without the initial values, which are the first rows of the states' traces.
  Variables kept(const Variables& traces) {
    Variables result;
    for (size_t i = 0; i < traces.size(); ++i) {
      result.push_back(i < initial_.size() ? rows(builder_, traces[i], DimExpr(1), {}) : traces[i]);
    }
    return result;
  }

  // The steps after the last whole part, of which there may be none at run time, and what they give
  // behind the values of the parts.
  Variables with_rest(const Variables& whole, const DimExpr& count) {
    Variables sequences;
    for (const VariableId sequence : sequences_) {
      sequences.push_back(rows(builder_, sequence, parts_ * DimExpr(every_), {}));
    }
    Variables initial;
    for (size_t i = 0; i < initial_.size(); ++i) {
      initial.push_back(rows(builder_, whole[i], parts_, parts_ + DimExpr(1)));
    }
    const Variables values = kept(whole);
    const Variables rest = kept(scan(builder_, sequences, initial, stays_, count, step_));
    Variables result;
    for (size_t i = 0; i < rest.size(); ++i) {
      const VariableId last = rows(builder_, rest[i], DimExpr(-1), {});
      result.push_back(builder_.call("join", {values[i], last}, {{"axis", int64_t{0}}}));
    }
    return result;
  }

  Builder& builder_;
  ScanLayout layout_;
  std::shared_ptr<const Graph> step_;
  DimExpr steps_;
  int64_t every_;
  DimExpr parts_;  // whole ones
  Variables sequences_;
  Variables initial_;
  Variables stays_;
};

}  // namespace

std::vector<VariableId> checkpointed_scan(Builder& builder, ApplyId loop, int64_t save_every) {
  const Apply apply = builder.graph().apply(loop);  // a copy: the graph grows
  TGC_CHECK(save_every > 0, "a part has at least one step");
  return Checkpoints(builder, apply, save_every).run();
}

}  // namespace tgc
