// SPDX-License-Identifier: Apache-2.0
// See update_rules.h. Names: w parameter, g its gradient, a' the new value of a. State of parameter
// w is named "w.<what>"; it starts as zeros.
#include "graph/update_rules.h"

namespace tgc {
namespace {

using Updates = std::vector<RuleUpdate>;

// One parameter at a time: its variables, and the rule's values in its dtype.
class Step {
 public:
  Step(Builder& builder, const RuleRequest& request, size_t number, Updates& updates)
      : w(builder, request.params[number]),
        g(builder, request.grads[number]),
        builder_(builder),
        request_(request),
        updates_(updates) {}

  const Node w;
  const Node g;

  [[nodiscard]] Node value(std::string_view name, DType dtype) const {
    const RuleValue& given = request_.values.at(name);
    if (const auto* number = std::get_if<double>(&given)) {
      return {builder_, builder_.scalar(dtype, *number)};
    }
    return Node(builder_, std::get<VariableId>(given)).cast(dtype);
  }
  [[nodiscard]] Node value(std::string_view name) const { return value(name, w.type().dtype); }

  [[nodiscard]] Node state(const std::string& what) const {
    return {builder_, request_.state(name() + "." + what, w.type())};
  }
  [[nodiscard]] Node scalar_state(const std::string& what, DType dtype) const {
    return {builder_, request_.state(name() + "." + what, TensorType{dtype, {}, {}})};
  }
  void update(const Node& variable, const Node& new_value) const {
    updates_.push_back({variable.id(), new_value.id()});
  }

 private:
  [[nodiscard]] std::string name() const { return builder_.graph().variable(w.id()).name; }

  Builder& builder_;
  const RuleRequest& request_;
  Updates& updates_;
};

template <class F>
Updates for_each_param(Builder& builder, const RuleRequest& request, F&& f) {
  Updates updates;
  const Origin outside = builder.origin();
  for (size_t i = 0; i < request.params.size(); ++i) {
    // errors and manifest name the nodes of a rule by the parameter they are for
    const std::string& name = builder.graph().variable(request.params[i]).name;
    builder.set_origin({outside.pointer, {name}, {}, outside.trace});
    f(Step(builder, request, i, updates));
  }
  builder.set_origin(outside);
  return updates;
}

Updates sgd(Builder& builder, const RuleRequest& request) {
  return for_each_param(builder, request, [](const Step& step) {
    step.update(step.w, step.w - step.value("learning_rate") * step.g);
  });
}

Updates momentum(Builder& builder, const RuleRequest& request) {
  return for_each_param(builder, request, [](const Step& step) {
    const Node v = step.state("momentum");
    const Node new_v = step.value("momentum") * v - step.value("learning_rate") * step.g;
    step.update(v, new_v);
    step.update(step.w, step.w + new_v);
  });
}

Updates nesterov(Builder& builder, const RuleRequest& request) {
  return for_each_param(builder, request, [](const Step& step) {
    const Node v = step.state("momentum");
    const Node mu = step.value("momentum");
    const Node descent = step.value("learning_rate") * step.g;
    const Node new_v = mu * v - descent;
    step.update(v, new_v);
    step.update(step.w, step.w - descent + mu * new_v);
  });
}

Updates adagrad(Builder& builder, const RuleRequest& request) {
  return for_each_param(builder, request, [](const Step& step) {
    const Node sum = step.state("adagrad");
    const Node new_sum = sum + sqr(step.g);
    step.update(sum, new_sum);
    const Node scale = sqrt(new_sum + step.value("epsilon"));
    step.update(step.w, step.w - step.value("learning_rate") * step.g / scale);
  });
}

Updates rmsprop(Builder& builder, const RuleRequest& request) {
  return for_each_param(builder, request, [](const Step& step) {
    const Node mean = step.state("rmsprop");
    const Node rho = step.value("rho");
    const Node new_mean = rho * mean + (1.0 - rho) * sqr(step.g);
    step.update(mean, new_mean);
    const Node scale = sqrt(new_mean + step.value("epsilon"));
    step.update(step.w, step.w - step.value("learning_rate") * step.g / scale);
  });
}

Updates adadelta(Builder& builder, const RuleRequest& request) {
  return for_each_param(builder, request, [](const Step& step) {
    const Node mean = step.state("adadelta");
    const Node delta_mean = step.state("adadelta_delta");
    const Node rho = step.value("rho");
    const Node epsilon = step.value("epsilon");
    const Node new_mean = rho * mean + (1.0 - rho) * sqr(step.g);
    const Node delta = step.g * sqrt(delta_mean + epsilon) / sqrt(new_mean + epsilon);
    step.update(mean, new_mean);
    step.update(step.w, step.w - step.value("learning_rate") * delta);
    step.update(delta_mean, rho * delta_mean + (1.0 - rho) * sqr(delta));
  });
}

// The step count is one for all parameters and kept at least in float32: it must count past 2048.
Updates adam(Builder& builder, const RuleRequest& request) {
  Updates updates;
  if (request.params.empty()) return updates;
  const Step first(builder, request, 0, updates);
  const DType dtype = promote(first.w.type().dtype, DType::float32);
  const Node t = first.scalar_state("adam_t", dtype);
  const Node new_t = t + 1.0;
  first.update(t, new_t);
  const Node beta1 = first.value("beta1", dtype);
  const Node beta2 = first.value("beta2", dtype);
  const Node rate = first.value("learning_rate", dtype) * sqrt(1.0 - beta2.call("pow", {new_t})) /
                    (1.0 - beta1.call("pow", {new_t}));
  for (size_t i = 0; i < request.params.size(); ++i) {
    const Step step(builder, request, i, updates);
    const Node m = step.state("adam_m");
    const Node v = step.state("adam_v");
    const Node b1 = step.value("beta1");
    const Node b2 = step.value("beta2");
    const Node new_m = b1 * m + (1.0 - b1) * step.g;
    const Node new_v = b2 * v + (1.0 - b2) * sqr(step.g);
    step.update(m, new_m);
    step.update(v, new_v);
    step.update(step.w, step.w - rate.cast(step.w.type().dtype) * new_m /
                                     (sqrt(new_v) + step.value("epsilon")));
  }
  return updates;
}

}  // namespace

const std::vector<UpdateRule>& update_rules() {
  static const std::vector<UpdateRule> rules = {
      {"adadelta",
       "a' = rho·a + (1-rho)·g²; d = g·√(b+epsilon)/√(a'+epsilon); w' = w - learning_rate·d; "
       "b' = rho·b + (1-rho)·d²",
       {{"learning_rate", 1.0}, {"rho", 0.95}, {"epsilon", 1e-6}},
       adadelta},
      {"adagrad",
       "a' = a + g²; w' = w - learning_rate·g/√(a'+epsilon)",
       {{"learning_rate", 1.0}, {"epsilon", 1e-6}},
       adagrad},
      {"adam",
       "t' = t+1; m' = beta1·m + (1-beta1)·g; v' = beta2·v + (1-beta2)·g²; "
       "w' = w - learning_rate·√(1-beta2^t')/(1-beta1^t')·m'/(√v'+epsilon)",
       {{"learning_rate", 0.001}, {"beta1", 0.9}, {"beta2", 0.999}, {"epsilon", 1e-8}},
       adam},
      {"momentum",
       "v' = momentum·v - learning_rate·g; w' = w + v'",
       {{"learning_rate", std::nullopt}, {"momentum", 0.9}},
       momentum},
      {"nesterov",
       "v' = momentum·v - learning_rate·g; w' = w - learning_rate·g + momentum·v'",
       {{"learning_rate", std::nullopt}, {"momentum", 0.9}},
       nesterov},
      {"rmsprop",
       "a' = rho·a + (1-rho)·g²; w' = w - learning_rate·g/√(a'+epsilon)",
       {{"learning_rate", 1.0}, {"rho", 0.9}, {"epsilon", 1e-6}},
       rmsprop},
      {"sgd", "w' = w - learning_rate·g", {{"learning_rate", std::nullopt}}, sgd},
  };
  return rules;
}

const UpdateRule* find_update_rule(std::string_view name) {
  for (const UpdateRule& rule : update_rules()) {
    if (rule.name == name) return &rule;
  }
  return nullptr;
}

}  // namespace tgc
