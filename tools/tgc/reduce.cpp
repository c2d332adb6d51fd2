// SPDX-License-Identifier: Apache-2.0
// tgc reduce MODEL --check CMD -o SMALL: a smaller graph file that fails in the same way.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>

#include "driver/compile.h"
#include "json/json_parser.h"
#include "support/file.h"
#include "support/text.h"
#include "tgc/model_reducer.h"
#include "tgc/options.h"
#include "tgc/shell_check.h"
#include "tgc/table.h"

namespace tgc {
namespace {

struct ReduceOptions {
  std::string model;
  std::string check;
  std::string output;
  std::optional<int> exit;  // what counts as failing; none: all but 0
  ConfigOptions config;
  OutputOptions output_options;
};

// Names of weights relative to the model's folder hold from everywhere once they are absolute.
void make_absolute(JsonTree& tree, const std::string& folder) {
  for (auto& [key, child] : tree.children) {
    if (key == "file" && child.kind == JsonKind::string) child.text = join_path(folder, child.text);
    make_absolute(child, folder);
  }
}

class Reduction {
 public:
  Reduction(const ReduceOptions& options, const Config& config, const std::string& folder,
            Invocation& invocation)
      : options_(options),
        config_(config),
        path_(join_path(folder, "graph.json")),
        invocation_(invocation) {}

  // A graph that is valid stays so: what fails for another reason is of no use.
  void require_valid() { must_be_valid_ = true; }

  // After a check that could not be started everything counts as not failing, which ends soon.
  bool fails(const JsonTree& tree) {
    if (is_broken_ || !write(tree)) return false;
    ++tried_;
    if (must_be_valid_ && !read()) return false;
    const auto code = run_check(options_.check, "graph", path_, invocation_.diagnostics);
    if (!code) {
      is_broken_ = true;
      return false;
    }
    const bool has_failed = options_.exit ? *code == *options_.exit : *code != 0;
    if (has_failed) tell_progress(tree);
    return has_failed;
  }

  NodeTypes types(const JsonTree& tree) {
    NodeTypes types;
    if (!write(tree)) return types;
    const auto model = read();
    if (!model) return types;
    for (const Function& function : model->functions) add_types(function.graph, types);
    return types;
  }

  [[nodiscard]] bool is_broken() const { return is_broken_; }
  [[nodiscard]] int tried() const { return tried_; }

 private:
  bool write(const JsonTree& tree) {
    const auto error = write_file_atomically(path_, tree_text(tree));
    if (!error) return true;
    is_broken_ = true;
    invocation_.diagnostics.error("cannot-write", "cannot write " + path_ + ": " + error.message());
    return false;
  }

  std::optional<Model> read() {
    Diagnostics ignored;
    return check_model(path_, config_, ignored);
  }

  void tell_progress(const JsonTree& tree) {
    const JsonTree* nodes = tree.find("nodes");
    const auto count = static_cast<int64_t>(nodes != nullptr ? nodes->children.size() : 0);
    invocation_.console.progress(counted(count, "node") + " left, " + counted(tried_, "trial"));
  }

  static void add_types(const Graph& graph, NodeTypes& types) {
    for (const ApplyId id : graph.applies()) {
      for (const VariableId output : graph.apply(id).outputs) {
        const Variable& variable = graph.variable(output);
        if (!variable.name.empty()) types.emplace(variable.name, declaration(variable.type));
      }
    }
  }

  static JsonTree declaration(const TensorType& type) {
    JsonTree shape;
    shape.kind = JsonKind::array;
    for (const DimExpr& dim : type.shape) {
      JsonTree size = json_text_tree(dim.text());
      if (dim.is_constant()) size.kind = JsonKind::number;
      shape.children.emplace_back("", std::move(size));
    }
    JsonTree tree;
    tree.kind = JsonKind::object;
    tree.children = {{"dtype", json_text_tree(std::string(dtype_name(type.dtype)))},
                     {"shape", std::move(shape)}};
    return tree;
  }

  const ReduceOptions& options_;
  const Config& config_;
  const std::string path_;
  Invocation& invocation_;
  bool must_be_valid_ = false;
  bool is_broken_ = false;
  int tried_ = 0;
};

std::optional<JsonTree> read_tree(const std::string& path, Diagnostics& diagnostics) {
  std::error_code error;
  auto text = read_file(path, error);
  if (!text) {
    Location where;
    where.file = path;
    diagnostics.error("cannot-read", "cannot read the file: " + error.message(), where);
    return std::nullopt;
  }
  const auto document = parse_json(path, std::move(*text), {}, diagnostics);
  if (!document) return std::nullopt;
  JsonTree tree = tree_of(document->root());
  const std::unique_ptr<char, void (*)(void*)> whole(realpath(path.c_str(), nullptr), std::free);
  make_absolute(tree, parent_folder(whole ? whole.get() : path));
  return tree;
}

size_t node_count(const JsonTree& tree) {
  const JsonTree* nodes = tree.find("nodes");
  return nodes != nullptr ? nodes->children.size() : 0;
}

int not_failing(const ReduceOptions& options, Invocation& invocation) {
  Location where;
  where.file = options.model;
  invocation.diagnostics
      .error("nothing-to-reduce",
             options.exit ? "the check does not exit with " + std::to_string(*options.exit)
                          : "the check does not fail: it exits with 0",
             where)
      .hint = "try it with the model itself in the place of {graph}";
  return kExitRejected;
}

int write_result(const ReduceOptions& options, const JsonTree& before, const JsonTree& after,
                 int tried, Invocation& invocation) {
  if (const auto error = write_file_atomically(options.output, tree_text(after))) {
    invocation.diagnostics.error("cannot-write",
                                 "cannot write " + options.output + ": " + error.message());
    return kExitEnvironment;
  }
  invocation.console.tell(options.output + ": " + std::to_string(node_count(before)) + " -> " +
                          counted(static_cast<int64_t>(node_count(after)), "node") + " in " +
                          counted(tried, "trial") + "\n");
  return kExitOk;
}

int reduce(const ReduceOptions& options, Invocation& invocation) {
  apply(options.output_options, invocation.console);
  require_word(options.check, "graph");
  invocation.inputs = {options.model};
  int code = kExitOk;
  const auto config = load_config(options.config, invocation, code);
  if (!config) return code;
  const auto tree = read_tree(options.model, invocation.diagnostics);
  if (!tree) return kExitRejected;
  std::error_code error;
  const auto folder = TempFolder::make("", "tgc-reduce-", error);
  if (!folder) {
    invocation.diagnostics.error("cannot-write",
                                 "cannot make a temporary folder: " + error.message());
    return kExitEnvironment;
  }
  Reduction reduction(options, *config, folder->path(), invocation);
  const bool has_failed = reduction.fails(*tree);
  if (reduction.is_broken()) return kExitRejected;
  if (!has_failed) return not_failing(options, invocation);
  Diagnostics ignored;
  if (check_model(options.model, *config, ignored)) reduction.require_valid();
  const ReducerHooks hooks = {
      [&](const JsonTree& candidate) { return reduction.fails(candidate); },
      [&](const JsonTree& candidate) { return reduction.types(candidate); }};
  const JsonTree small = reduced(*tree, hooks);
  invocation.console.clear_progress();
  if (reduction.is_broken()) return kExitRejected;
  return write_result(options, *tree, small, reduction.tried(), invocation);
}

}  // namespace

Action declare_reduce(CLI::App& app) {
  auto options = std::make_shared<ReduceOptions>();
  app.add_option("model", options->model, "The graph file")->type_name("MODEL.json")->required();
  app.add_option("--check", options->check,
                 "A line for the shell, in which {graph} is the path of a smaller graph file; a "
                 "graph is kept while it exits with another code than 0")
      ->type_name("CMD")
      ->required();
  app.add_option("--exit", options->exit, "… while it exits with this code, such as 4")
      ->type_name("N");
  app.add_option("-o,--output", options->output, "Where the smaller graph file goes")
      ->type_name("SMALL.json")
      ->required();
  add_config_options(app, options->config);
  add_output_options(app, options->output_options);
  return [options](Invocation& invocation) { return reduce(*options, invocation); };
}

}  // namespace tgc
