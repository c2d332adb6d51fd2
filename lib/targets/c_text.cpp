// SPDX-License-Identifier: Apache-2.0
// See c_text.h.
#include "targets/c_text.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <functional>
#include <unordered_map>

#include "support/check.h"

namespace tgc {
namespace {

std::string_view infix(ScalarOp op) {
  switch (op) {
    case ScalarOp::add:
      return " + ";
    case ScalarOp::sub:
      return " - ";
    case ScalarOp::mul:
      return " * ";
    case ScalarOp::true_div:
      return " / ";
    case ScalarOp::eq:
      return " == ";
    case ScalarOp::neq:
      return " != ";
    case ScalarOp::lt:
      return " < ";
    case ScalarOp::le:
      return " <= ";
    case ScalarOp::gt:
      return " > ";
    case ScalarOp::ge:
      return " >= ";
    case ScalarOp::and_:
      return " & ";
    case ScalarOp::or_:
      return " | ";
    case ScalarOp::xor_:
      return " ^ ";
    default:
      return {};
  }
}

// C++ computes narrow integers as int: cast back.
bool is_narrow(DType dtype) {
  return is_discrete(dtype) && dtype_size(dtype) < 4;
}

std::string real_text(DType dtype, double value, Dialect dialect) {
  const bool is_single = dtype != DType::float64;
  if (std::isnan(value) || std::isinf(value)) {
    if (is_single) {
      const auto bits = std::bit_cast<uint32_t>(static_cast<float>(value));
      if (dialect == Dialect::cuda) {
        return "__int_as_float(" + std::to_string(std::bit_cast<int32_t>(bits)) + ")";
      }
      return "tgc_from_bits((uint32_t)" + std::to_string(bits) + "u)";
    }
    const auto bits = std::bit_cast<uint64_t>(value);
    if (dialect == Dialect::cuda) {
      return "__longlong_as_double((long long)" + std::to_string(bits) + "ull)";
    }
    return "tgc_from_bits((uint64_t)" + std::to_string(bits) + "ull)";
  }
  std::array<char, 40> buffer{};
  const auto result =
      is_single
          ? std::to_chars(buffer.data(), buffer.data() + buffer.size(), static_cast<float>(value))
          : std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  std::string text(buffer.data(), result.ptr);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  if (is_single) text += "f";
  return text[0] == '-' ? "(" + text + ")" : text;
}

}  // namespace

void IndentedWriter::line(std::string_view text) {
  if (!text.empty()) text_.append(static_cast<size_t>(level_) * 2, ' ').append(text);
  text_ += '\n';
}

void IndentedWriter::open(std::string_view text) {
  line(std::string(text) + (text.empty() ? "{" : " {"));
  ++level_;
}

void IndentedWriter::close(std::string_view suffix) {
  --level_;
  line("}" + std::string(suffix));
}

std::string_view storage_type(DType dtype) {
  constexpr std::array<std::string_view, 14> kNames = {
      "uint8_t",  "int8_t",   "int16_t",  "int32_t", "int64_t", "uint8_t",       "uint16_t",
      "uint32_t", "uint64_t", "tgc_half", "float",   "double",  "tgc_complex64", "tgc_complex128"};
  return kNames.at(static_cast<size_t>(dtype));
}

std::string_view value_type(DType dtype) {
  if (dtype == DType::boolean) return "bool";
  if (dtype == DType::float16) return "float";
  return storage_type(dtype);
}

std::string CText::constant_text(DType dtype, const Constant& constant) {
  if (is_float(dtype)) return real_text(dtype, constant.real, dialect_);
  if (dtype == DType::boolean) return constant.integer != 0 ? "true" : "false";
  std::string digits;
  if (is_unsigned_integer(dtype)) {
    digits = std::to_string(static_cast<uint64_t>(constant.integer)) + "u";
  } else if (constant.integer == INT64_MIN) {
    digits = "-9223372036854775807 - 1";
  } else {
    digits = std::to_string(constant.integer);
  }
  return "(" + std::string(value_type(dtype)) + ")(" + digits + ")";
}

// x // y and x % y of numbers that are not negative.
std::optional<std::string> CText::index_division(const Call& call) {
  if (call.op != ScalarOp::int_div && call.op != ScalarOp::mod) return std::nullopt;
  const IndexRange x = ranges_.of(call.args[0]);
  const IndexRange y = ranges_.of(call.args[1]);
  if (!x.lower || !y.lower) return std::nullopt;
  const bool is_div = call.op == ScalarOp::int_div;
  const std::string left = expr(call.args[0]);
  const std::string right = expr(call.args[1]);
  if (*y.lower == 0) {
    return std::string(is_div ? "tgc_index_div(" : "tgc_index_mod(") + left + ", " + right + ")";
  }
  const bool is_short = x.upper && y.upper && std::max(*x.upper, *y.upper) <= INT32_MAX;
  const std::string type = is_short ? "(uint32_t)" : "(uint64_t)";
  return "(int64_t)(" + type + left + (is_div ? " / " : " % ") + type + right + ")";
}

std::string CText::call_text(const Expr& expr, const Call& call) {
  if (const auto text = index_division(call)) return *text;
  const auto arg = [&](size_t i) { return this->expr(call.args[i]); };
  const DType operand = call.args[0]->dtype;
  std::string text;
  if (const std::string_view symbol = infix(call.op); !symbol.empty()) {
    text = "(" + arg(0) + std::string(symbol) + arg(1) + ")";
  } else if (call.op == ScalarOp::switch_) {
    return "(" + arg(0) + " ? " + arg(1) + " : " + arg(2) + ")";
  } else if (call.op == ScalarOp::neg) {
    text = "(-" + arg(0) + ")";
  } else if (call.op == ScalarOp::invert) {
    text = (operand == DType::boolean ? "(!" : "(~") + arg(0) + ")";
  } else {
    text = "tgc_" + std::string(scalar_op_name(call.op)) + "(";
    for (size_t i = 0; i < call.args.size(); ++i) text += (i > 0 ? ", " : "") + arg(i);
    text += ")";
  }
  const bool keeps_type = expr.dtype != DType::boolean || operand == DType::boolean;
  if (is_narrow(expr.dtype) && keeps_type) {
    return "(" + std::string(value_type(expr.dtype)) + ")" + text;
  }
  return text;
}

std::string CText::cast_text(const Expr& expr, const Cast& cast) {
  const std::string text = this->expr(cast.arg);
  if (expr.dtype == DType::boolean) return "(" + text + " != 0)";
  if (expr.dtype == DType::float16) {
    return "tgc_half_to_float(tgc_float_to_half((float)" + text + "))";
  }
  if (value_type(expr.dtype) == value_type(cast.arg->dtype)) return text;
  return "(" + std::string(value_type(expr.dtype)) + ")" + text;
}

std::string CText::expr(const ExprRef& expr) {
  if (const auto found = bound_.find(expr.get()); found != bound_.end()) {
    return found->second.second;
  }
  struct Printer {
    CText& text;
    const Expr& expr;
    std::string operator()(const Constant& node) const {
      return text.constant_text(expr.dtype, node);
    }
    std::string operator()(const DimValue& node) const { return text.dim(node.dim); }
    std::string operator()(const IndexValue& node) const { return text.index_name(node.index); }
    std::string operator()(const LocalValue& node) const { return text.local_name(node.local); }
    std::string operator()(const Load& node) const {
      return text.load_of(node.param, text.address(node.address));
    }
    std::string operator()(const Call& node) const { return text.call_text(expr, node); }
    std::string operator()(const Cast& node) const { return text.cast_text(expr, node); }
  };
  return std::visit(Printer{*this, *expr}, expr->node);
}

std::string CText::load_of(int param, const std::string& address) {
  const KernelParam& from = kernel_.params[static_cast<size_t>(param)];
  return from_storage(from.dtype, from.name + "[" + address + "]");
}

std::string CText::from_storage(DType dtype, const std::string& element) {
  if (dialect_ == Dialect::cuda) {
    const std::string value = "(" + std::string(storage_type(dtype)) + ")" + element;
    if (dtype == DType::boolean) return "((uint8_t)" + element + " != 0)";
    if (dtype == DType::float16) return "tgc_half_to_float(" + value + ")";
    return value;
  }
  if (dtype == DType::boolean) return "(" + element + " != 0)";
  if (dtype == DType::float16) return "tgc_half_to_float(" + element + ")";
  return element;
}

std::string CText::address(const IndexExpr& address) {
  std::string sum;
  const auto add = [&](const std::string& part) { sum += (sum.empty() ? "" : " + ") + part; };
  for (const IndexTerm& term : address.terms) {
    const std::string counter = index_name(term.index);
    if (counter == "0") continue;
    add(term.stride.is(1) ? counter : counter + " * " + dim(term.stride));
  }
  if (address.rest) add(expr(address.rest));
  if (!address.offset.is(0) || sum.empty()) add(dim(address.offset));
  return sum;
}

std::string CText::dim(const DimExpr& dim) {
  if (const auto value = dim.constant()) {
    return *value < 0 ? "(" + std::to_string(*value) + ")" : std::to_string(*value);
  }
  auto found = std::find(dims_.begin(), dims_.end(), dim);
  if (found == dims_.end()) found = dims_.insert(dims_.end(), dim);
  return "d" + std::to_string(found - dims_.begin());
}

std::string CText::to_storage(DType dtype, const std::string& value) {
  if (dtype == DType::float16) return "tgc_float_to_half(" + value + ")";
  return value;
}

std::string CText::store(const Store& store) {
  const KernelParam& to = kernel_.params[static_cast<size_t>(store.param)];
  const std::string place = address(store.address);
  std::string value = expr(store.value);
  if (store.combine == Combine::add) {
    value = "(" + std::string(value_type(to.dtype)) + ")(" + load_of(store.param, place) + " + " +
            value + ")";
  }
  return to.name + "[" + place + "] = " + to_storage(to.dtype, value) + ";";
}

void CText::set_index(IndexId index, std::string text) {
  index_names_[index] = std::move(text);
}

std::string CText::index_name(IndexId index) const {
  const auto found = index_names_.find(index);
  return found != index_names_.end() ? found->second : "i" + std::to_string(index.value);
}

std::string CText::local_name(LocalId local) const {
  return "v" + std::to_string(local.value);
}

std::string CText::fresh(std::string_view prefix) {
  return std::string(prefix) + std::to_string(fresh_count_++);
}

std::vector<ExprRef> shared_subexpressions(const std::vector<ExprRef>& exprs) {
  struct Facts {
    int uses = 0;
    bool always = false;
    bool visited = false;
  };
  std::unordered_map<const Expr*, Facts> facts;
  std::vector<ExprRef> order;  // operands first
  // the DAG is walked twice at most per node: once seen, only its counts change
  const std::function<void(const ExprRef&, bool)> visit = [&](const ExprRef& expr, bool always) {
    Facts& known = facts[expr.get()];
    ++known.uses;
    const bool again = known.visited && (known.always || !always);
    known.always = known.always || always;
    if (again) return;
    const bool first = !known.visited;
    known.visited = true;
    if (const auto* call = std::get_if<Call>(&expr->node)) {
      for (size_t i = 0; i < call->args.size(); ++i) {
        const bool lazy = call->op == ScalarOp::switch_ && i > 0;
        visit(call->args[i], always && !lazy);
      }
    } else if (const auto* cast = std::get_if<Cast>(&expr->node)) {
      visit(cast->arg, always);
    } else if (const auto* load = std::get_if<Load>(&expr->node)) {
      if (load->address.rest) visit(load->address.rest, always);
    }
    if (first) order.push_back(expr);
  };
  for (const ExprRef& expr : exprs) visit(expr, true);
  std::erase_if(order, [&](const ExprRef& expr) {
    const Facts& known = facts[expr.get()];
    const bool is_work = std::holds_alternative<Call>(expr->node) ||
                         std::holds_alternative<Cast>(expr->node) ||
                         std::holds_alternative<Load>(expr->node);
    return known.uses < 2 || !known.always || !is_work;
  });
  return order;
}

}  // namespace tgc
