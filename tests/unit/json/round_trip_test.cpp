// SPDX-License-Identifier: Apache-2.0
// What is read, written and read again is the same, down to the last bit: all files of the corpus,
// all samples, and numbers at the ends of their ranges.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "graph/printer.h"
#include "json/json_parser.h"
#include "json/json_writer.h"
#include "json/model_reader.h"
#include "support/file.h"

namespace tgc {
namespace {

void write(JsonWriter& json, JsonValue value) {
  switch (value.kind()) {
    case JsonKind::null:
      json.raw("null");
      return;
    case JsonKind::boolean:
      json.value(value.boolean());
      return;
    case JsonKind::number:
      if (const auto number = value.int64()) {
        json.value(*number);
      } else if (const auto large = value.uint64()) {
        json.value(*large);
      } else if (value.is_integer()) {
        json.raw(value.source());
      } else {
        json.value(value.real());
      }
      return;
    case JsonKind::string:
      json.value(value.string());
      return;
    case JsonKind::array:
      json.begin_array();
      for (const JsonValue element : value.elements()) write(json, element);
      json.end_array();
      return;
    case JsonKind::object:
      json.begin_object();
      for (const JsonValue member : value.elements()) {
        json.key(member.key());
        write(json, member);
      }
      json.end_object();
      return;
  }
}

std::string written(JsonValue value) {
  JsonWriter json;
  write(json, value);
  return json.take();
}

// All that a Model holds, as text; values to the last bit.
std::string model_text(const Model& model) {
  std::string text = model.name + "\n";
  for (const DimSymbol& dim : model.dims) {
    text += dim.name + " " + std::to_string(dim.lower) + " " +
            std::to_string(dim.upper.value_or(-1)) + " " + std::to_string(dim.hint.value_or(-1)) +
            "\n";
  }
  for (const SharedVariable& shared : model.shared) {
    text += shared.name + " " + type_text(shared.type) + " ";
    const auto* bytes = reinterpret_cast<const char*>(shared.value->bytes());
    text += std::string(bytes, static_cast<size_t>(shared.value->byte_size())) + "\n";
  }
  for (const Function& function : model.functions) {
    text += function.name + "\n" + graph_text(function.graph);
    for (const std::string& name : function.output_names) text += name + "\n";
    for (const Update& update : function.updates) {
      text += update.shared + " = " + std::to_string(update.output) + "\n";
    }
  }
  return text;
}

std::vector<std::string> accepted_files() {
  const std::string folder = std::string(TGC_TEST_FOLDER) + "/corpus/accepted";
  std::error_code error;
  std::vector<std::string> files = list_folder(folder, error).value();
  for (std::string& file : files) file = join_path(folder, file);
  for (const char* sample : {"digits", "lenet", "logistic_regression"}) {
    files.push_back(std::string(TGC_TEST_FOLDER) + "/../../../samples/" + sample + "/model.json");
  }
  return files;
}

}  // namespace

TEST_CASE("reading, writing and reading again gives the same model") {
  for (const std::string& path : accepted_files()) {
    INFO(path);
    std::error_code error;
    const std::string text = read_file(path, error).value();
    Diagnostics diagnostics;
    const auto document = parse_json(path, text, {}, diagnostics);
    REQUIRE(document);
    const std::string again = written(document->root());
    const auto second = parse_json(path, again, {}, diagnostics);
    REQUIRE(second);
    CHECK(written(second->root()) == again);
    const auto model = read_model_text(path, text, {}, diagnostics);
    const auto copy = read_model_text(path, again, {}, diagnostics);
    REQUIRE(model);
    REQUIRE(copy);
    CHECK((model_text(*model) == model_text(*copy)));
    CHECK(diagnostics.error_count() == 0);
  }
}

TEST_CASE("every float64 survives writing and reading") {
  std::mt19937_64 random(1);
  std::vector<double> numbers = {0.0,
                                 -0.0,
                                 std::numeric_limits<double>::max(),
                                 std::numeric_limits<double>::lowest(),
                                 std::numeric_limits<double>::min(),
                                 std::numeric_limits<double>::denorm_min()};
  for (int i = 0; i < 20000; ++i) {
    const uint64_t bits = random();
    double number = 0;
    std::memcpy(&number, &bits, sizeof number);
    if (std::isfinite(number)) numbers.push_back(number);
  }
  JsonWriter json;
  json.begin_array(JsonWriter::Layout::line);
  for (const double number : numbers) json.value(number);
  json.end_array();
  Diagnostics diagnostics;
  const auto document = parse_json("t", json.take(), {}, diagnostics);
  REQUIRE(document);
  const auto list = document->root().elements();
  REQUIRE(list.size() == numbers.size());
  for (size_t i = 0; i < list.size(); ++i) {
    const double back = list[i].real();
    REQUIRE(std::memcmp(&back, &numbers[i], sizeof back) == 0);
  }
}

TEST_CASE("values at the ends of their dtype are read exactly, and one beyond is refused") {
  const auto first_element = [](const std::string& dtype, const std::string& value) -> std::string {
    Diagnostics diagnostics;
    const auto model =
        read_model_text("t.json",
                        R"({"tgc": 1, "name": "t", "shared": {"w": {"dtype": ")" + dtype +
                            R"(", "shape": [], "value": )" + value +
                            R"(}}, "functions": {"f": {"inputs": [], "outputs": ["w"]}}})",
                        {}, diagnostics);
    if (!model) return diagnostics.all()[0].code;
    const Tensor& tensor = *model->shared[0].value;
    if (tensor.dtype() == DType::uint64) return std::to_string(tensor.data<uint64_t>()[0]);
    return std::to_string(tensor.get_int(0));
  };
  CHECK(first_element("int64", "9223372036854775807") == "9223372036854775807");
  CHECK(first_element("int64", "-9223372036854775808") == "-9223372036854775808");
  CHECK(first_element("int64", "9223372036854775808") == "bad-value");
  CHECK(first_element("int64", "9007199254740993") == "9007199254740993");
  CHECK(first_element("uint64", "18446744073709551615") == "18446744073709551615");
  CHECK(first_element("uint64", "18446744073709551616") == "bad-value");
  CHECK(first_element("uint64", "-1") == "bad-value");
  CHECK(first_element("uint8", "256") == "bad-value");
  CHECK(first_element("int8", "-129") == "bad-value");
  CHECK(first_element("int32", "1e3") == "bad-value");
  CHECK(first_element("float32", "3.5e38") == "bad-value");
  CHECK(first_element("float64", "1e400") == "bad-value");
}

}  // namespace tgc
