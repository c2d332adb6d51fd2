// SPDX-License-Identifier: Apache-2.0
// Tensors made of numbers and dims: filled ones, evenly spaced numbers, grids, Bartlett's window.
#include <algorithm>
#include <cmath>

#include "ops/composition.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

bool check_full(InferContext& context) {
  context.attributes.try_emplace("dtype", context.type(0).dtype);
  if (!require_rank(context, 0, 0)) return false;
  for (const DimExpr& dim : *find_attr<Shape>(context.attributes, "shape")) {
    if (!require_dim(context, dim, "shape")) return false;
  }
  return true;
}

Node full(const Given& given) {
  return allocated(given.x[0].cast(given.get<DType>("dtype")), given.get<Shape>("shape"));
}

bool check_full_like(InferContext& context) {
  context.attributes.try_emplace("dtype", context.type(0).dtype);
  return require_rank(context, 1, 0);
}

Node full_like(const Given& given) {
  return allocated(given.x[1].cast(given.get<DType>("dtype")), given.x[0].type().shape);
}

bool check_empty(InferContext& context) {
  context.attributes.try_emplace("dtype", context.float_x);
  for (const DimExpr& dim : *find_attr<Shape>(context.attributes, "shape")) {
    if (!require_dim(context, dim, "shape")) return false;
  }
  return true;
}

Node empty(const Given& given) {
  return allocated(given.number(given.get<DType>("dtype"), 0), given.get<Shape>("shape"));
}

// --- evenly spaced numbers ---

bool check_spaced(InferContext& context) {
  context.attributes.try_emplace("num", DimExpr(50));
  context.attributes.try_emplace("endpoint", true);
  context.attributes.try_emplace("base", 10.0);
  if (!require_dim(context, *find_attr<DimExpr>(context.attributes, "num"), "num")) return false;
  for (size_t i = 0; i < 2; ++i) {
    if (!require_number(context, i)) return false;
  }
  if (!inputs_broadcast(context)) return false;
  const int64_t rank = std::max(context.type(0).rank(), context.type(1).rank());
  return normalize_axis(context, "axis", rank + 1, 0);
}

// start + i (stop - start) / (num - 1), its last exactly stop, or / num without the end point; the
// new axis comes first.
Node spaced(const Given& given, const Node& start, const Node& stop) {
  const DimExpr& num = given.dim("num");
  const bool ends = given.get<bool>("endpoint");
  const auto inner = static_cast<size_t>(std::max(start.type().rank(), stop.type().rank()));
  std::vector<int64_t> order(inner + 1, -1);
  order[0] = 0;
  const DType dtype = promote(start.type().dtype, stop.type().dtype);
  const Node i = dimshuffled(given.range(num), order);
  const DimExpr parts = DimExpr::max(ends ? num - 1 : num, 1);
  const Node step = (stop - start) / given.size(parts).cast(dtype);
  const Node line = i.cast(dtype) * step + start;
  if (!ends) return line;
  // one number alone is the start
  const Node is_last = eq(i, given.size(num - 1)).call("and_", {gt(i, i.number(0))});
  return where(is_last, stop, line);
}

Node placed(const Given& given, const Node& numbers) {
  const Node typed = given.has("dtype") ? numbers.cast(given.get<DType>("dtype")) : numbers;
  const int64_t axis = given.integer("axis");
  if (axis == 0) return typed;
  return typed.call(
      "moveaxis", {},
      {{"source", std::vector<int64_t>{0}}, {"destination", std::vector<int64_t>{axis}}});
}

// Whole numbers are taken for floatX.
Node as_float(const Given& given, const Node& x) {
  return is_float(x.type().dtype) ? x : x.cast(given.builder.float_x());
}

Node linspace(const Given& given) {
  return placed(given, spaced(given, as_float(given, given.x[0]), as_float(given, given.x[1])));
}

Node logspace(const Given& given) {
  const Node exponents = spaced(given, as_float(given, given.x[0]), as_float(given, given.x[1]));
  const Node base = exponents.number(given.get<double>("base"));
  return placed(given, base.call("pow", {exponents}));
}

// In the logarithms of the sizes, with the sign of start; its ends are exact.
Node geomspace(const Given& given) {
  const Node start = as_float(given, given.x[0]);
  const Node stop = as_float(given, given.x[1]);
  const Node sizes = exp(spaced(given, log(abs(start)), log(abs(stop))));
  const auto inner = static_cast<size_t>(sizes.type().rank()) - 1;
  std::vector<int64_t> order(inner + 1, -1);
  order[0] = 0;
  const DimExpr& num = given.dim("num");
  const Node i = dimshuffled(given.range(num), order);
  Node result = where(eq(i, i.number(0)), start, sizes * start.call("sgn"));
  if (given.get<bool>("endpoint")) {
    const Node is_last = eq(i, given.size(num - 1)).call("and_", {gt(i, i.number(0))});
    result = where(is_last, stop, result);
  }
  return placed(given, result);
}

// --- grids ---

bool check_meshgrid(InferContext& context) {
  context.attributes.try_emplace("indexing", std::string("xy"));
  for (size_t i = 0; i < context.inputs.size(); ++i) {
    if (context.type(i).rank() > 1) return require_rank(context, i, 1);
  }
  return true;
}

std::vector<Node> meshgrid(const Given& given) {
  const size_t rank = given.x.size();
  const bool swaps = rank > 1 && given.get<std::string>("indexing") == "xy";
  std::vector<Node> lines;
  for (size_t i = 0; i < rank; ++i) {
    std::vector<int64_t> order(rank, -1);
    order[swaps && i < 2 ? 1 - i : i] = 0;
    const Node x = given.x[i].type().rank() == 0 ? with_new_axis(given.x[i], 0) : given.x[i];
    lines.push_back(dimshuffled(x, order));
  }
  const Shape shape = common_shape(lines);
  for (Node& line : lines) line = allocated(line, shape);
  return lines;
}

// start:stop:step for each axis.
bool check_grid(InferContext& context) {
  const Shape& stop = *find_attr<Shape>(context.attributes, "stop");
  context.attributes.try_emplace("start", Shape(stop.size(), DimExpr(0)));
  context.attributes.try_emplace("step", std::vector<int64_t>(stop.size(), 1));
  const Shape& start = *find_attr<Shape>(context.attributes, "start");
  const auto& step = *find_attr<std::vector<int64_t>>(context.attributes, "step");
  if (stop.empty()) return context.fail("bad-attribute", "stop is empty", "stop");
  if (start.size() != stop.size() || step.size() != stop.size()) {
    return context.fail("bad-attribute", "start, stop and step must have as many entries", "stop");
  }
  if (std::find(step.begin(), step.end(), 0) == step.end()) return true;
  return context.fail("bad-attribute", "a step is 0", "step");
}

std::vector<Node> open_grid(const Given& given) {
  const Shape& stop = given.get<Shape>("stop");
  std::vector<Node> lines;
  for (size_t i = 0; i < stop.size(); ++i) {
    const Node start = given.size(given.get<Shape>("start")[i]);
    const Node step = given.size(given.get<std::vector<int64_t>>("step")[i]);
    std::vector<int64_t> order(stop.size(), -1);
    order[i] = 0;
    lines.push_back(dimshuffled(start.call("arange", {given.size(stop[i]), step}), order));
  }
  return lines;
}

std::vector<Node> dense_grid(const Given& given) {
  std::vector<Node> lines = open_grid(given);
  const Shape shape = common_shape(lines);
  for (Node& line : lines) line = allocated(line, shape);
  return lines;
}

bool check_bartlett(InferContext& context) {
  return require_dim(context, *find_attr<DimExpr>(context.attributes, "M"), "M");
}

// 1 - |2 i / (M - 1) - 1|, a triangle; 1 where it has one number only.
Node bartlett(const Given& given) {
  const DimExpr& length = given.dim("M");
  const Node i = given.range(length).cast(DType::float64);
  const Node last = given.size(DimExpr::max(length - 1, 1)).cast(DType::float64);
  const Node rising = i * 2 / last;
  const Node window = where(le(i * 2, last), rising, 2 - rising);
  return where(eq(given.size(length), given.number(DType::int64, 1)), window.number(1), window);
}

constexpr std::string_view kEnds = R"({"a": {"dtype": "float64", "shape": []},
                                      "b": {"dtype": "float64", "shape": []}})";
constexpr std::string_view kManyEnds =
    R"({"a": {"dtype": "float32", "shape": [3], "low": 0.5, "high": 1},
        "b": {"dtype": "float32", "shape": [], "low": 2, "high": 3}})";

std::vector<OpDef> filled_ops() {
  const std::vector<AttrDef> shape = {{"shape", AttrKind::dims, true, "dims of the result"},
                                      {"dtype", AttrKind::dtype, false, "default: floatX"}};
  return {
      composed<full, check_full>(
          {.name = "full",
           .theano = "Alloc",
           .doc = "A tensor of the given shape filled with a scalar.",
           .min_inputs = 1,
           .max_inputs = 1,
           .attributes = {{"shape", AttrKind::dims, true, "dims of the result"},
                          {"dtype", AttrKind::dtype, false, "default: the scalar's"}},
           .examples = {{R"({"op": "full", "inputs": ["v"], "shape": [2, 3]})",
                         R"({"v": {"dtype": "float32", "shape": []}})"}}}),
      composed<full_like, check_full_like>(
          {.name = "full_like",
           .theano = "Alloc",
           .doc = "A tensor of the shape of x filled with the second input, a scalar.",
           .min_inputs = 2,
           .max_inputs = 2,
           .attributes = {{"dtype", AttrKind::dtype, false, "default: that of x"}},
           .examples = {{R"({"op": "full_like", "inputs": ["x", "v"]})",
                         R"({"x": {"dtype": "float32", "shape": [2, 3]},
                             "v": {"dtype": "float32", "shape": []}})"}}}),
      composed<empty, check_empty>(
          {.name = "empty",
           .theano = "AllocEmpty",
           .doc = "A tensor of which only the shape is promised; it holds zeros.",
           .attributes = shape,
           .aliases = {"alloc_empty"},
           .examples = {{R"({"op": "empty", "inputs": [], "shape": [2, 3]})", "{}"}}}),
  };
}

std::vector<OpDef> spaced_ops() {
  const AttrDef num = {"num", AttrKind::dim, false, "how many (50)"};
  const AttrDef endpoint = {"endpoint", AttrKind::boolean, false, "the last is stop (true)"};
  const AttrDef base = {"base", AttrKind::real, false, "the base of the powers (10)"};
  const AttrDef dtype = {"dtype", AttrKind::dtype, false,
                         "default: that of start and stop, floatX for integers"};
  const AttrDef axis = {"axis", AttrKind::integer, false, "the new axis of the result (0)"};
  return {
      composed<linspace, check_spaced>(
          {.name = "linspace",
           .theano = "ARange, Elemwise",
           .doc = "num numbers from start to stop with even steps; the inputs are start and stop.",
           .min_inputs = 2,
           .max_inputs = 2,
           .attributes = {num, endpoint, dtype, axis},
           .examples = {{R"({"op": "linspace", "inputs": ["a", "b"], "num": 5})", kEnds},
                        {R"({"op": "linspace", "inputs": ["a", "b"], "num": 4,
                             "endpoint": false, "axis": -1})",
                         kManyEnds},
                        {R"({"op": "linspace", "inputs": ["a", "b"], "num": 1})", kEnds},
                        {R"({"op": "linspace", "inputs": ["a", "b"], "num": 0})", kEnds}}}),
      composed<logspace, check_spaced>(
          {.name = "logspace",
           .theano = "ARange, Elemwise",
           .doc = "The base to the power of evenly spaced numbers; the inputs are their ends.",
           .min_inputs = 2,
           .max_inputs = 2,
           .attributes = {num, endpoint, base, dtype, axis},
           .examples = {{R"({"op": "logspace", "inputs": ["a", "b"], "num": 3, "base": 2})",
                         kEnds}}}),
      composed<geomspace, check_spaced>(
          {.name = "geomspace",
           .theano = "ARange, Elemwise",
           .doc =
               "num numbers from start to stop, each a fixed multiple of the one before; both of "
               "one sign.",
           .min_inputs = 2,
           .max_inputs = 2,
           .attributes = {num, endpoint, dtype, axis},
           .examples = {{R"({"op": "geomspace", "inputs": ["a", "b"], "num": 4})", kManyEnds},
                        {R"({"op": "geomspace", "inputs": ["a", "b"], "num": 3,
                             "endpoint": false, "axis": 1})",
                         kManyEnds}}}),
  };
}

std::vector<OpDef> grid_ops() {
  const std::vector<AttrDef> bounds = {{"stop", AttrKind::dims, true, "where each axis ends"},
                                       {"start", AttrKind::dims, false, "where each begins (0)"},
                                       {"step", AttrKind::integers, false, "the step of each (1)"}};
  return {
      composed<meshgrid, check_meshgrid>(
          {.name = "meshgrid",
           .theano = "Alloc",
           .doc = "Vectors along the axes of one grid: as many outputs, each of the whole shape.",
           .min_inputs = 1,
           .max_inputs = -1,
           .attributes = {{"indexing",
                           AttrKind::text,
                           false,
                           "xy: the first vector runs along axis 1, the second along 0 (xy)",
                           {"xy", "ij"}}},
           .examples = {{R"({"op": "meshgrid", "inputs": ["x", "y"], "outputs": ["a", "b"]})",
                         R"({"x": {"dtype": "float32", "shape": [3]},
                             "y": {"dtype": "int32", "shape": [2]}})"},
                        {R"({"op": "meshgrid", "inputs": ["x", "y", "x"], "indexing": "ij",
                             "outputs": ["a", "b", "c"]})",
                         R"({"x": {"dtype": "float64", "shape": [3]},
                             "y": {"dtype": "float32", "shape": [2]}})"}}}),
      composed<open_grid, check_grid>(
          {.name = "ogrid",
           .theano = "ARange, DimShuffle",
           .doc = "start:stop:step along each axis of a grid, of length 1 in the others: as many "
                  "outputs.",
           .attributes = bounds,
           .examples = {{R"({"op": "ogrid", "inputs": [], "stop": [3, 2], "outputs": ["i", "j"]})",
                         "{}"}}}),
      composed<dense_grid, check_grid>(
          {.name = "mgrid",
           .theano = "ARange, Alloc",
           .doc = "start:stop:step along each axis of a grid, repeated along the others: as many "
                  "outputs.",
           .attributes = bounds,
           .examples = {{R"({"op": "mgrid", "inputs": [], "stop": [5, 2], "start": [1, 0],
                             "step": [2, 1], "outputs": ["i", "j"]})",
                         "{}"}}}),
      composed<bartlett, check_bartlett>(
          {.name = "bartlett",
           .theano = "Bartlett",
           .doc = "A window that rises from 0 to 1 and falls back to 0, as float64.",
           .attributes = {{"M", AttrKind::dim, true, "how many numbers"}},
           .examples = {{R"({"op": "bartlett", "inputs": [], "M": 5})", "{}"},
                        {R"({"op": "bartlett", "inputs": [], "M": 6})", "{}"},
                        {R"({"op": "bartlett", "inputs": [], "M": 1})", "{}"},
                        {R"({"op": "bartlett", "inputs": [], "M": 0})", "{}"}}}),
  };
}

}  // namespace

std::vector<OpDef> composed_ranges_ops() {
  std::vector<OpDef> ops = filled_ops();
  for (auto* more : {spaced_ops, grid_ops}) {
    for (OpDef& op : more()) ops.push_back(std::move(op));
  }
  return ops;
}

}  // namespace tgc
