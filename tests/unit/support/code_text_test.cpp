// SPDX-License-Identifier: Apache-2.0
// What of a generated text counts for its cache key.
#include "support/code_text.h"

#include "catch2/catch.hpp"

using namespace tgc;

TEST_CASE("comments, blank lines and blanks at the ends of lines do not count") {
  CHECK(text_without_comments("a  \n\n  \nb\n") == "a\nb\n");
  CHECK(text_without_comments("a // x\nb /* y\n z */ c") == "a\nb   c\n");
  CHECK(text_without_comments("int/**/a;") == "int a;\n");
  CHECK(text_without_comments("a / b /= c") == "a / b /= c\n");
  CHECK(text_without_comments("a // b\\\\").find("b") == std::string::npos);
  CHECK(text_without_comments("/* never closed") == "");
}

TEST_CASE("what looks like a comment in a literal counts") {
  CHECK(text_without_comments("x = \"// no\"; // yes") == "x = \"// no\";\n");
  CHECK(text_without_comments(R"(x = "\" /* no */";)") == "x = \"\\\" /* no */\";\n");
  CHECK(text_without_comments("x = '\"'; // yes") == "x = '\"';\n");
  CHECK(text_without_comments("x = 1'000; // yes") == "x = 1'000;\n");
}

TEST_CASE("a text that uses its line numbers counts as it is") {
  CHECK(text_without_comments("// x\n__LINE__\n") == "// x\n__LINE__\n");
}
