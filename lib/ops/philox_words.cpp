// SPDX-License-Identifier: Apache-2.0
// Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011): block number b of 4 words is a function of the
// key and of counter + b alone, so all blocks are made at once and in any order.
#include <array>

#include "ops/draws.h"
#include "ops/strided_copy.h"

namespace tgc {

bool check_philox_state(InferContext& context) {
  const TensorType& state = context.type(0);
  const std::string wanted = "the state must be a uint32 vector of 6 elements";
  if (state.dtype != DType::uint32 || state.rank() != 1) {
    return context.fail("bad-dtype", wanted, "inputs/0",
                        "the counter's four words, the lowest first, then the key's two");
  }
  return context.require_equal(state.shape[0], 6, wanted, "inputs/0");
}

namespace {

constexpr int kRounds = 10;
constexpr std::array<uint32_t, 2> kMultipliers{0xD2511F53, 0xCD9E8D57};
constexpr std::array<uint32_t, 2> kKeySteps{0x9E3779B9, 0xBB67AE85};
constexpr int64_t kWord = int64_t{1} << 32;

bool infer_words(InferContext& context) {
  const DimExpr& count = *find_attr<DimExpr>(context.attributes, "count");
  if (!check_philox_state(context) || !require_dim(context, count, "count")) return false;
  context.output(DType::uint32, {DimExpr(6)});
  context.output(DType::uint32, {count});
  return true;
}

std::array<uint32_t, 4> counter_plus(const uint32_t* counter, uint64_t blocks) {
  std::array<uint32_t, 4> sum{};
  uint64_t carry = blocks;
  for (size_t i = 0; i < 4; ++i) {
    const uint64_t low = (carry & 0xFFFFFFFF) + counter[i];
    sum[i] = static_cast<uint32_t>(low);
    carry = (carry >> 32) + (low >> 32);
  }
  return sum;
}

void eval_words(EvalContext& context) {
  const auto* state = context.inputs[0]->data<uint32_t>();
  Tensor& next = context.make_output(0);
  Tensor& words = context.make_output(1);
  for (int64_t first = 0; first < words.size(); first += 4) {
    std::array<uint32_t, 4> x = counter_plus(state, static_cast<uint64_t>(first / 4));
    std::array<uint32_t, 2> key{state[4], state[5]};
    for (int round = 0; round < kRounds; ++round) {
      const uint64_t a = uint64_t{x[0]} * kMultipliers[0];
      const uint64_t b = uint64_t{x[2]} * kMultipliers[1];
      x = {static_cast<uint32_t>(b >> 32) ^ x[1] ^ key[0], static_cast<uint32_t>(b),
           static_cast<uint32_t>(a >> 32) ^ x[3] ^ key[1], static_cast<uint32_t>(a)};
      for (size_t i = 0; i < 2; ++i) key[i] += kKeySteps[i];
    }
    for (int64_t i = 0; i < 4 && first + i < words.size(); ++i) {
      words.data<uint32_t>()[first + i] = x[static_cast<size_t>(i)];
    }
  }
  const auto after = counter_plus(state, static_cast<uint64_t>((words.size() + 3) / 4));
  std::copy(after.begin(), after.end(), next.data<uint32_t>());
  std::copy(state + 4, state + 6, next.data<uint32_t>() + 4);
}

// All arithmetic is on words held in uint64.
ExprRef number(int64_t value) {
  return integer_constant(DType::uint64, value);
}
ExprRef low_word(const ExprRef& x) {
  return call(ScalarOp::and_, {x, number(kWord - 1)});
}
ExprRef high_word(const ExprRef& x) {
  return call(ScalarOp::int_div, {x, number(kWord)});
}
ExprRef mixed(const ExprRef& a, const ExprRef& b, const ExprRef& c) {
  return call(ScalarOp::xor_, {call(ScalarOp::xor_, {a, b}), c});
}

struct PhiloxKernel {
  KernelBuilder& kernel;

  ExprRef word(int64_t i) {
    return kernel.let(cast(kernel.load(input_ref(0), {IndexExpr(i)}), DType::uint64));
  }
  std::array<ExprRef, 4> counter_plus(const ExprRef& blocks) {
    std::array<ExprRef, 4> sum;
    ExprRef carry = kernel.let(cast(blocks, DType::uint64));
    for (size_t i = 0; i < 4; ++i) {
      const ExprRef low =
          kernel.let(call(ScalarOp::add, {low_word(carry), word(static_cast<int64_t>(i))}));
      sum[i] = kernel.let(low_word(low));
      carry = kernel.let(call(ScalarOp::add, {high_word(carry), high_word(low)}));
    }
    return sum;
  }
  std::array<ExprRef, 4> rounds(std::array<ExprRef, 4> x) {
    std::array<ExprRef, 2> key{word(4), word(5)};
    for (int round = 0; round < kRounds; ++round) {
      std::array<ExprRef, 2> product;
      for (size_t i = 0; i < 2; ++i) {
        product[i] = kernel.let(call(ScalarOp::mul, {x[2 * i], number(kMultipliers[i])}));
      }
      x = {kernel.let(mixed(high_word(product[1]), x[1], key[0])), kernel.let(low_word(product[1])),
           kernel.let(mixed(high_word(product[0]), x[3], key[1])),
           kernel.let(low_word(product[0]))};
      for (size_t i = 0; i < 2; ++i) {
        key[i] = kernel.let(low_word(call(ScalarOp::add, {key[i], number(kKeySteps[i])})));
      }
    }
    return x;
  }
};

void lower_words(LowerContext& context) {
  const DimExpr count = context.outputs[1].shape[0];
  const DimExpr blocks = DimExpr::ceil_div(count, 4);
  KernelBuilder words = context.kernel();
  const IndexExpr block = words.outer(blocks);
  PhiloxKernel draw{words};
  const auto x = draw.rounds(draw.counter_plus(to_expr(block)));
  for (size_t i = 0; i < 4; ++i) {
    const IndexExpr at = block * DimExpr(4) + IndexExpr(static_cast<int64_t>(i));
    const Stmt store = words.store(output_ref(1), {at}, cast(x[i], DType::uint32));
    const ExprRef is_due = call(ScalarOp::lt, {to_expr(at), dim_value(count)});
    words.append({If{is_due, std::make_shared<const Body>(Body{store})}});
  }
  context.add(words.finish());

  KernelBuilder state = context.kernel();
  PhiloxKernel advance{state};
  const auto counter = advance.counter_plus(dim_value(blocks));
  for (int64_t i = 0; i < 6; ++i) {
    const ExprRef value = i < 4 ? counter[static_cast<size_t>(i)] : advance.word(i);
    state.append(state.store(output_ref(0), {IndexExpr(i)}, cast(value, DType::uint32)));
  }
  context.add(state.finish());
}

}  // namespace

std::vector<Node> philox_uniform(const Given& given, const DimExpr& count, DType dtype) {
  const auto drawn = [&](const DimExpr& words) {
    const ApplyId draw = given.builder.add("philox_words", {given.x[0].id()}, {{"count", words}});
    const std::vector<VariableId> made = given.builder.graph().apply(draw).outputs;
    return std::vector<Node>{{given.builder, made[0]}, {given.builder, made[1]}};
  };
  const auto high_bits = [&](const Node& words, int bits) {
    const Node divisor = given.number(DType::uint32, static_cast<double>(kWord >> bits));
    return words.call("int_div", {divisor});
  };
  if (dtype == DType::float64) {
    const std::vector<Node> words = drawn(count * 2);
    const Node high = high_bits(sliced(words[1], 0, std::nullopt, count), 27).cast(dtype);
    const Node low = high_bits(sliced(words[1], 0, count, std::nullopt), 26).cast(dtype);
    const Node sum = high * given.number(dtype, 67108864.0) + low;
    return {words[0], sum * given.number(dtype, 1.0 / 9007199254740992.0)};
  }
  const int precision = dtype == DType::float32 ? 24 : 11;
  const std::vector<Node> words = drawn(count);
  const Node k = high_bits(words[1], precision).cast(dtype);
  return {words[0], k * given.number(dtype, 1.0 / static_cast<double>(1 << precision))};
}

OpDef philox_words_op() {
  OpDef op;
  op.name = "philox_words";
  op.theano = "none: new in tgc";
  op.doc =
      "Random 32-bit words by the counter-based generator Philox4x32-10. The state is the "
      "counter's four words, the lowest first, then the key's two; its results are the state "
      "advanced by the blocks of four words drawn, and the words.";
  op.min_inputs = op.max_inputs = 1;
  op.attributes = {{"count", AttrKind::dim, true, "how many words"}};
  op.infer = infer_words;
  op.no_grad = "its results are integers";
  op.eval = eval_words;
  op.lower = lower_words;
  op.examples = {
      {R"({"op": "philox_words", "inputs": ["state"], "count": 10, "outputs": ["next", "words"]})",
       R"({"state": {"dtype": "uint32", "shape": [6], "value":
           [4294967295, 4294967295, 4294967295, 4294967295, 4294967295, 4294967295]}})"},
      {R"({"op": "philox_words", "inputs": ["state"], "count": 0, "outputs": ["next", "words"]})",
       R"({"state": {"dtype": "uint32", "shape": [6], "value": [0, 0, 0, 0, 0, 0]}})"}};
  return op;
}

}  // namespace tgc
