// SPDX-License-Identifier: Apache-2.0
// See model_reader.h. The sections are read in an order in which names are known when they are
// used: dims, inputs, shared, constants, nodes, functions.
#include "json/model_reader.h"

#include <algorithm>
#include <utility>

#include "json/declarations.h"
#include "json/function_reader.h"
#include "json/graph_call_reader.h"
#include "json/object_reader.h"
#include "ops/op_list.h"
#include "support/file.h"

namespace tgc {
namespace {

constexpr int64_t kFormatVersion = 1;

bool check_version(ObjectReader& file, Diagnostics& diagnostics) {
  const auto version = file.required("tgc", JsonKind::number);
  if (!version) return false;
  if (version->int64() == kFormatVersion) return true;
  diagnostics
      .error("format-version",
             "this file has format " + std::string(version->source()) + ", this tgc reads format " +
                 std::to_string(kFormatVersion),
             version->location())
      .hint = "a newer tgc may read it; the formats differ in more than the number";
  return false;
}

struct Sections {
  std::optional<JsonValue> name, dims, inputs, shared, constants, graphs, nodes, functions;
};

// nullopt when the outline is so wrong that reading on would only raise follow-up errors.
std::optional<Sections> read_outline(JsonValue root, Diagnostics& diagnostics) {
  auto file = ObjectReader::open(root, "the file", diagnostics);
  if (!file || !check_version(*file, diagnostics)) return std::nullopt;
  Sections sections;
  sections.name = file->required("name", JsonKind::string);
  sections.dims = file->optional("dims", JsonKind::object);
  sections.inputs = file->optional("inputs", JsonKind::object);
  sections.shared = file->optional("shared", JsonKind::object);
  sections.constants = file->optional("constants", JsonKind::object);
  sections.graphs = file->optional("graphs", JsonKind::object);
  sections.nodes = file->optional("nodes", JsonKind::array);
  sections.functions = file->required("functions", JsonKind::object);
  file->finish();
  return sections;
}

Model read_sections(const Sections& sections, ReadContext& context) {
  Model model;
  Graph graph;
  Scope scope;
  if (sections.name) {
    model.name = sections.name->string();
    check_identifier(model.name, "name", sections.name->location(), context.diagnostics);
  }
  if (sections.dims) read_dims(*sections.dims, model, scope, context);
  if (sections.inputs) read_inputs(*sections.inputs, model, graph, scope, context);
  if (sections.shared) read_shared(*sections.shared, model, graph, scope, context);
  if (sections.constants) read_constants(*sections.constants, graph, scope, context);
  if (sections.graphs) read_graphs(*sections.graphs, context);
  GraphReader whole(context, graph, scope);
  if (sections.nodes) whole.read_nodes(*sections.nodes);
  if (sections.functions) {
    if (sections.functions->size() == 0) {
      context.diagnostics
          .error("empty-function", "the file has no function", sections.functions->location())
          .hint = R"(such as "functions": {"f": {"inputs": ["x"], "outputs": ["y"]}})";
    }
    read_functions(*sections.functions, whole, model);
  }
  return model;
}

// From top to bottom of the file, whatever the order of reading.
void sort_by_place(Diagnostics& diagnostics, size_t first) {
  auto& all = diagnostics.all();
  std::stable_sort(all.begin() + static_cast<long>(first), all.end(),
                   [](const Diagnostic& a, const Diagnostic& b) {
                     return std::pair(a.location.line, a.location.column) <
                            std::pair(b.location.line, b.location.column);
                   });
}

}  // namespace

std::optional<Model> read_model_text(const std::string& path, std::string text,
                                     const ReadOptions& options, Diagnostics& diagnostics) {
  const int errors_before = diagnostics.error_count();
  const size_t first = diagnostics.all().size();
  const auto document =
      parse_json_with_mistakes(path, std::move(text), options.limits.json, diagnostics);
  if (!document) return std::nullopt;
  const auto sections = read_outline(document->root(), diagnostics);
  if (!sections) return std::nullopt;
  ReadContext context{options, op_registry(), diagnostics, parent_folder(path), {path}};
  Model model = read_sections(*sections, context);
  sort_by_place(diagnostics, first);
  model.source_files = std::move(context.source_files);
  if (diagnostics.error_count() > errors_before) return std::nullopt;
  return model;
}

std::optional<Model> read_model(const std::string& path, const ReadOptions& options,
                                Diagnostics& diagnostics) {
  const auto facts = file_facts(path);
  Location location;
  location.file = path;
  if (facts && !facts->is_file) {
    diagnostics.error("cannot-read", "'" + path + "' is not a regular file", location).hint =
        "name the graph file itself, such as model.json";
    return std::nullopt;
  }
  if (facts && facts->size > options.limits.json.max_bytes) {
    diagnostics.error("too-large",
                      "the file has " + std::to_string(facts->size) + " bytes, the limit is " +
                          std::to_string(options.limits.json.max_bytes),
                      location);
    return std::nullopt;
  }
  std::error_code error;
  auto text = read_file(path, error);
  if (!text) {
    diagnostics.error("cannot-read", "cannot read the file: " + error.message(), location);
    return std::nullopt;
  }
  return read_model_text(path, std::move(*text), options, diagnostics);
}

}  // namespace tgc
