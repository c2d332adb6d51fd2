// SPDX-License-Identifier: Apache-2.0
// See motifs.h. A formula is (op operand …). Operands: x, y, z of one type, b its bools; M a
// matrix, N one that M is multiplied with, A of the product's type, V a row of M, L a column number
// for each of M's rows; c some constant; a number. An op with a star gets random attributes.
#include "e2e/random/motifs.h"

#include <array>
#include <cctype>
#include <map>
#include <string_view>

#include "e2e/random/families.h"
#include "ops/op_list.h"

namespace tgc {
namespace {

constexpr std::string_view kMotifs[] = {"(neg (neg x))",
                                        "(inv (inv x))",
                                        "(exp (log x))",
                                        "(log (exp x))",
                                        "(sqr (sqrt x))",
                                        "(sqrt (sqr x))",
                                        "(true_div (neg x) (neg y))",
                                        "(mul x x)",
                                        "(mul x (pow x 2))",
                                        "(mul x x (inv x))",
                                        "(pow x c)",
                                        "(pow x 2)",
                                        "(pow x -1)",
                                        "(pow x 0.5)",
                                        "(pow x -2)",
                                        "(pow x 0)",
                                        "(pow x 1)",
                                        "(pow (pow x 2) y)",
                                        "(true_div (mul x y) x)",
                                        "(mul y (true_div x y))",
                                        "(true_div x (true_div y z))",
                                        "(true_div (true_div x y) z)",
                                        "(true_div 1 x)",
                                        "(true_div x c)",
                                        "(mul c (mul c x))",
                                        "(add c (add c x))",
                                        "(sub (add x y) y)",
                                        "(add x (neg x))",
                                        "(add x (sub y x))",
                                        "(sub (mul x y) (mul x z))",
                                        "(add (mul x y) (mul x y))",
                                        "(mul x (add y c))",
                                        "(mul 0 x)",
                                        "(mul 1 x)",
                                        "(mul -1 x)",
                                        "(add x 0)",
                                        "(sub 0 x)",
                                        "(sub x 0)",
                                        "(sub x x)",
                                        "(true_div x x)",
                                        "(true_div 0 x)",
                                        "(int_div x 1)",
                                        "(mod x 1)",
                                        "(log (add 1 x))",
                                        "(log (sub 1 x))",
                                        "(sub (exp x) 1)",
                                        "(add (exp x) -1)",
                                        "(log (add (exp x) (exp y)))",
                                        "(log (sum* (exp x)))",
                                        "(inv (add 1 (exp x)))",
                                        "(true_div 1 (add 1 (exp (neg x))))",
                                        "(true_div (exp x) (add 1 (exp x)))",
                                        "(log (sigmoid x))",
                                        "(log (sub 1 (sigmoid x)))",
                                        "(log (add 1 (exp x)))",
                                        "(mul (sigmoid x) (exp (neg x)))",
                                        "(sub 1 (sigmoid x))",
                                        "(sigmoid (neg x))",
                                        "(mul (switch b x 0) y)",
                                        "(true_div (switch b x 0) y)",
                                        "(true_div (switch b x y) z)",
                                        "(switch b (switch b x y) z)",
                                        "(add (switch b x y) (switch b z x))",
                                        "(switch 1 x y)",
                                        "(switch 0 x y)",
                                        "(switch b x x)",
                                        "(abs_ (mul x y))",
                                        "(mul (abs_ x) (abs_ y))",
                                        "(true_div (abs_ x) (abs_ y))",
                                        "(abs_ (abs_ x))",
                                        "(eq x x)",
                                        "(lt x x)",
                                        "(ge x x)",
                                        "(maximum x x)",
                                        "(minimum x c)",
                                        "(lt (shape_i* x) 0)",
                                        "(cast* (cast* x))",
                                        "(sum* (mul c x))",
                                        "(sum* (neg x))",
                                        "(prod* (mul c x))",
                                        "(sum* (true_div x c))",
                                        "(sum* (true_div x (sum* x)))",
                                        "(sum* (sum* x))",
                                        "(max* (max* x))",
                                        "(prod* (prod* x))",
                                        "(neg (max* (neg x)))",
                                        "(max* (neg x))",
                                        "(sum* (dimshuffle* x))",
                                        "(add (fill x c) y)",
                                        "(fill x (fill y c))",
                                        "(mul (alloc* c) x)",
                                        "(sum* (alloc* c))",
                                        "(exp (alloc* c))",
                                        "(subtensor* (alloc* c))",
                                        "(subtensor* (subtensor* x))",
                                        "(subtensor* (add x y))",
                                        "(subtensor* (exp x))",
                                        "(subtensor* (join* x))",
                                        "(subtensor* (set_subtensor* x))",
                                        "(subtensor* (dimshuffle* x))",
                                        "(subtensor* (sum* x))",
                                        "(set_subtensor* (alloc* 0))",
                                        "(inc_subtensor* (alloc* 0))",
                                        "(inc_subtensor* (zeros_like x))",
                                        "(set_subtensor* (set_subtensor* x))",
                                        "(advanced_inc_subtensor1* (zeros_like x))",
                                        "(join* (join* x))",
                                        "(split* x)",
                                        "(dimshuffle* (dimshuffle* x))",
                                        "(dimshuffle* (add x y))",
                                        "(dimshuffle* (exp x))",
                                        "(reshape* (reshape* x))",
                                        "(reshape* (exp x))",
                                        "(reshape* (dimshuffle* x))",
                                        "(flatten* (reshape* x))",
                                        "(transpose (transpose x))",
                                        "(transpose (dot M N))",
                                        "(dot M N)",
                                        "(add (dot M N) A)",
                                        "(add A (mul c (dot M N)))",
                                        "(sub A (dot M N))",
                                        "(mul c (dot M N))",
                                        "(mul 0 (dot M N))",
                                        "(tanh (add (dot M N) c))",
                                        "(dot (mul 0 M) N)",
                                        "(sum* (dot M N))",
                                        "(dot M (exp N))",
                                        "(softmax (add M V))",
                                        "(softmax M)",
                                        "(log (softmax M))",
                                        "(log (softmax (add M V)))",
                                        "(argmax* (softmax M))",
                                        "(crossentropy_categorical_1hot (softmax M) L)",
                                        "(log_softmax M)",
                                        "(crossentropy_categorical_1hot (softmax (add M V)) L)",
                                        "(mean* (categorical_crossentropy (softmax (add M V)) L))",
                                        "(categorical_crossentropy (softmax M) L)",
                                        "(max* (softmax M))",
                                        "(shape x)",
                                        "(mul (shape_i* x) (shape_i* y))",
                                        "(sub (sum* x) (sum* y))",
                                        "(tanh (mul 2 x))",
                                        "(sqrt (mean* (sqr x)))",
                                        "(true_div (sub x (mean* x)) (std* x))",
                                        "(mul x (gt x 0))",
                                        "(take* (exp x))",
                                        "(add (take* x) c)",
                                        "(relu* x)",
                                        "(clip x -1 1)",
                                        "(maximum 0 x)"};

class Motif {
 public:
  Motif(GraphMaker& maker, std::string_view text) : maker_(maker), text_(text) {}

  std::optional<VariableId> build() {
    skip_spaces();
    if (text_[at_] != '(') return operand(word());
    ++at_;
    std::string op = word();
    std::vector<VariableId> inputs;
    bool is_good = true;
    for (skip_spaces(); text_[at_] != ')'; skip_spaces()) {
      const auto input = build();
      is_good = is_good && input;
      if (input) inputs.push_back(*input);
    }
    ++at_;
    if (!is_good) return std::nullopt;
    if (op.back() != '*') return maker_.call(op, commuted(op, std::move(inputs)));
    op.pop_back();
    return grown(op_registry().get(op), inputs);
  }

  [[nodiscard]] std::vector<VariableId> leaves() const {
    std::vector<VariableId> result;
    for (const auto& [name, id] : operands_) result.push_back(id);
    return result;
  }

 private:
  void skip_spaces() {
    while (text_[at_] == ' ') ++at_;
  }
  std::string word() {
    const size_t end = text_.find_first_of(" ()", at_);
    const std::string result(text_.substr(at_, end - at_));
    at_ = std::min(end, text_.size());
    return result;
  }

  std::vector<VariableId> commuted(const std::string& op, std::vector<VariableId> inputs) {
    const bool is_free = op == "add" || op == "mul" || op == "maximum" || op == "minimum";
    if (is_free && maker_.random().chance(0.4)) std::swap(inputs.front(), inputs.back());
    return inputs;
  }

  std::optional<VariableId> grown(const OpDef& op, const std::vector<VariableId>& inputs) {
    const size_t before = maker_.pool().size();
    maker_.focus(inputs.at(0));
    const auto from_family = grow_from_family(maker_, op);
    const bool is_grown = from_family ? *from_family : grow_from_definition(maker_, op);
    maker_.focus({});
    if (!is_grown || maker_.pool().size() == before) return std::nullopt;
    return maker_.pool().back();
  }

  VariableId base() {
    const auto found = operands_.find("x");
    if (found != operands_.end()) return found->second;
    const bool is_integer_wanted = maker_.random().chance(0.2);
    const auto x = maker_.find([&](const TensorType& type) {
      return is_integer_wanted ? is_integer(type.dtype) : is_float(type.dtype);
    });
    const VariableId chosen = x ? *x : maker_.leaf(DType::float32, maker_.some_shape(2));
    return operands_["x"] = chosen;
  }

  VariableId matrix() {
    const auto found = operands_.find("M");
    if (found != operands_.end()) return found->second;
    const auto known = maker_.find([](const TensorType& type) {
      return is_float(type.dtype) && type.rank() == 2 && !type.shape[1].is(0);
    });
    const DType dtype = maker_.random().chance(0.6) ? DType::float32 : DType::float64;
    const bool is_fresh = !known || maker_.random().chance(0.5);
    return operands_["M"] =
               is_fresh ? maker_.leaf(dtype, {maker_.some_dim(), maker_.random().between(1, 7)})
                        : *known;
  }

  std::optional<VariableId> operand(const std::string& name) {
    const bool is_number = std::isdigit(static_cast<unsigned char>(name.back())) != 0;
    const bool is_of_matrix = std::isupper(static_cast<unsigned char>(name[0])) != 0;
    if (is_of_matrix) return of_matrix(name);
    const DType dtype = maker_.type(operands_.count("M") > 0 ? matrix() : base()).dtype;
    if (is_number) return maker_.constant(dtype, std::stod(name));
    if (name == "c") {
      const double numbers[] = {2, 0.5, -1, 3, 1, -0.25};
      return maker_.constant(dtype, numbers[maker_.random().below(6)]);
    }
    if (name == "x") return base();
    const auto found = operands_.find(name);
    if (found != operands_.end()) return found->second;
    const Shape shape = maker_.type(base()).shape;
    return operands_[name] = maker_.fit(name == "b" ? DType::boolean : dtype, shape);
  }

  std::optional<VariableId> of_matrix(const std::string& name) {
    const TensorType type = maker_.type(matrix());
    const auto found = operands_.find(name);
    if (found != operands_.end()) return found->second;
    if (name == "N") return operands_[name] = maker_.fit(type.dtype, {type.shape[1], columns()});
    if (name == "A") return operands_[name] = maker_.fit(type.dtype, {type.shape[0], columns()});
    if (name == "V") return operands_[name] = maker_.fit(type.dtype, {type.shape[1]});
    const auto last = static_cast<double>(maker_.least(type.shape[1]) - 1);
    const DType dtype = maker_.random().chance(0.5) ? DType::int32 : DType::int64;
    return maker_.fit(dtype, {type.shape[0]}, Range{0, std::max(last, 0.0)});
  }

  DimExpr columns() {
    if (!columns_) columns_ = maker_.some_dim();
    return *columns_;
  }

  GraphMaker& maker_;
  std::string_view text_;
  size_t at_ = 0;
  std::map<std::string, VariableId> operands_;
  std::optional<DimExpr> columns_;
};

}  // namespace

bool grow_motif(GraphMaker& maker) {
  Random& random = maker.random();
  const std::string_view text = kMotifs[static_cast<size_t>(random.below(std::ssize(kMotifs)))];
  Motif motif(maker, text);
  const auto result = motif.build();
  if (!result) return false;
  if (maker.depth() > 0 || !is_float(maker.type(*result).dtype) || !random.chance(0.4)) return true;
  std::vector<VariableId> wrt;
  for (const VariableId id : motif.leaves()) {
    if (is_float(maker.type(id).dtype)) wrt.push_back(id);
  }
  const auto cost = maker.type(*result).rank() == 0 ? result : maker.call("sum", {*result});
  if (cost && !wrt.empty()) maker.add_gradients(*cost, wrt);
  return true;
}

}  // namespace tgc
