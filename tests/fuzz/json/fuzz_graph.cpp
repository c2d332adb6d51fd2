// SPDX-License-Identifier: Apache-2.0
// Fuzz target: the bytes are a graph file. Whatever they hold, reading must end soon, within
// memory, with a model or with diagnostics, and printing those must work too.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "json/model_reader.h"
#include "support/diagnostic_printer.h"

extern const bool fuzz_keeps_length = false;

const std::vector<std::string>& fuzz_words() {
  static const std::vector<std::string> words = {"{",
                                                 "}",
                                                 "[",
                                                 "]",
                                                 ",",
                                                 ":",
                                                 "\"",
                                                 "//",
                                                 "/*",
                                                 "*/",
                                                 "null",
                                                 "true",
                                                 "1",
                                                 "-1",
                                                 "0",
                                                 "1e999",
                                                 "9223372036854775807",
                                                 "-9223372036854775808",
                                                 "18446744073709551616",
                                                 "0.1",
                                                 "\"n\"",
                                                 "\"x\"",
                                                 "\"y\"",
                                                 "\"w\"",
                                                 "\"n*n\"",
                                                 "\"n // 0\"",
                                                 "\"n % (n - n)\"",
                                                 "\"min(n, -1)\"",
                                                 "\"::-1\"",
                                                 "\"-5:\"",
                                                 "\"nan\"",
                                                 "\"inf\"",
                                                 "\"float16\"",
                                                 "\"uint64\"",
                                                 "\"bool\"",
                                                 "\"floatX\"",
                                                 "\"grad\"",
                                                 "\"scan\"",
                                                 "\"ifelse\"",
                                                 "\"dot\"",
                                                 "\"reshape\"",
                                                 "\"subtensor\"",
                                                 "\"set_subtensor\"",
                                                 "\"conv2d\"",
                                                 "\"pool_2d\"",
                                                 "\"dimshuffle\"",
                                                 "\"join\"",
                                                 "\"split\"",
                                                 "\"sum\"",
                                                 "\"softmax\"",
                                                 "\"tensordot\"",
                                                 "\"arange\"",
                                                 "\"alloc\"",
                                                 "\"flatten\"",
                                                 "\"eye\"",
                                                 "\"stack\"",
                                                 "\"switch\"",
                                                 "\"cast\"",
                                                 "\"shape\"",
                                                 "\"axis\": ",
                                                 "\"shape\": ",
                                                 "\"dtype\": ",
                                                 "\"value\": ",
                                                 "\"inputs\": ",
                                                 "\"outputs\": ",
                                                 "\"givens\": ",
                                                 "\"updates\": ",
                                                 "\"nodes\": ",
                                                 "\"type\": ",
                                                 "\xEF\xBB\xBF",
                                                 "\xC3\xA4",
                                                 "\xFF",
                                                 "\\u0000",
                                                 "\\ud800"};
  return words;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tgc::ReadOptions options;
  options.limits.max_initial_bytes = 1 << 20;
  options.limits.max_nodes = 2000;
  tgc::Diagnostics diagnostics;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto model = tgc::read_model_text("graph.json", text, options, diagnostics);
  const std::string printed = tgc::diagnostics_text(diagnostics, {});
  if (model.has_value() == diagnostics.has_errors()) std::abort();
  if (diagnostics.has_errors() && printed.empty()) std::abort();
  return 0;
}
