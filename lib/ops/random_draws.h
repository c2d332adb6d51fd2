// SPDX-License-Identifier: Apache-2.0
// random_normal and its kin, in tables of rows: `draw` of parameters that broadcast to the sample's
// shape, cast and shaped; and what their examples share.
#pragma once
#include "kernel/random_value.h"
#include "ops/draws.h"

namespace tgc {

struct DrawRow {
  std::string_view name;  // of the distribution
  std::string_view theano;
  int parameters;
  double first, second;  // when absent
  std::string_view doc;
};

// The check and the formula of a row, and the op without its examples.
bool check_draw(InferContext& context, const DrawRow& row);
std::vector<Node> draw_formula(const Given& given, const DrawRow& row);
OpDef draw_record(std::string_view name, const DrawRow& row);

template <const DrawRow& row>
bool check_draw_of(InferContext& context) {
  return check_draw(context, row);
}
template <const DrawRow& row>
std::vector<Node> draw_formula_of(const Given& given) {
  return draw_formula(given, row);
}
template <const DrawRow& row>
OpDef random_op(std::string_view name, std::vector<OpExample> examples) {
  OpDef op = composed<draw_formula_of<row>, check_draw_of<row>>(draw_record(name, row));
  op.examples = std::move(examples);
  return op;
}

// Any small words are a state of RandomState.
#define TGC_LEGACY R"("state": {"dtype": "uint32", "shape": [628], "low": 0, "high": 600})"
#define TGC_MODERN \
  R"("state": {"dtype": "uint64", "shape": [6], "value": [1234567, 7654321, 99, 101, 0, 0]})"
#define TGC_CALL(op, inputs, rest)                                 \
  R"({"op": ")" op R"(", "inputs": ["state")" inputs R"(], )" rest \
  R"(, "outputs": ["next", "sample"]})"

// Parameters that broadcast to [4, 3].
#define TGC_ANY R"("dtype": "float64", "low": -2, "high": 2)"
#define TGC_POSITIVE R"("dtype": "float32", "low": 0.3, "high": 5)"
#define TGC_CHANCE R"("dtype": "float64", "low": 0.1, "high": 0.9)"
#define TGC_TRIALS R"("dtype": "int32", "low": 1, "high": 200)"
#define TGC_MEANS R"("dtype": "float32", "low": 1, "high": 40)"
#define TGC_LOW R"("dtype": "int64", "low": -20, "high": 0)"
#define TGC_HIGH R"("dtype": "int64", "low": 1, "high": 20)"
#define TGC_FIRST(kind) R"(, "a": {"shape": [3], )" kind "}"
#define TGC_SECOND(kind) R"(, "b": {"shape": [4, 1], )" kind "}"

// By RandomState and by default_rng, with and without parameters, a scalar and no samples.
#define TGC_EXAMPLES(op, names, parameters, dtype)                              \
  {                                                                             \
    {TGC_CALL(op, names, R"("shape": [4, 3])"), "{" TGC_LEGACY parameters "}"}, \
        {TGC_CALL(op, names, R"("shape": [4, 3], "dtype": )" dtype),            \
         "{" TGC_MODERN parameters "}"},                                        \
        {TGC_CALL(op, "", R"("shape": [7])"), "{" TGC_MODERN "}"},              \
        {TGC_CALL(op, "", R"("shape": [])"), "{" TGC_LEGACY "}"},               \
        {TGC_CALL(op, "", R"("shape": [0, 2])"), "{" TGC_MODERN "}"},           \
  }

}  // namespace tgc
