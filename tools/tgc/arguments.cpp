// SPDX-License-Identifier: Apache-2.0
// See arguments.h.
#include "tgc/arguments.h"

#include "support/file.h"
#include "tgc/subcommand.h"

namespace tgc {
namespace {

constexpr int kMaxNesting = 10;

// "-MF" and "-MFout.d" alike.
void add_word(const std::string& word, std::vector<std::string>& result) {
  if (word == "-MD") {
    result.emplace_back("--MD");
    return;
  }
  for (const char* option : {"-MF", "-MT"}) {
    if (word.rfind(option, 0) != 0) continue;
    result.push_back(std::string("-") + option);
    if (word.size() > 3) result.push_back(word.substr(3));
    return;
  }
  result.push_back(word);
}

void add_file(const std::string& path, int nesting, std::vector<std::string>& result) {
  if (nesting > kMaxNesting) {
    throw UsageError("@" + path + ": response files are nested more than " +
                     std::to_string(kMaxNesting) + " deep");
  }
  std::error_code error;
  const auto text = read_file(path, error);
  if (!text) throw UsageError("cannot read the response file " + path + ": " + error.message());
  for (const std::string& word : response_words(*text, path)) {
    if (word.size() > 1 && word[0] == '@') {
      add_file(word.substr(1), nesting + 1, result);
    } else {
      add_word(word, result);
    }
  }
}

}  // namespace

std::vector<std::string> response_words(const std::string& text, const std::string& file) {
  std::vector<std::string> words;
  std::string word;
  bool is_open = false;  // a word has begun; it may be empty, as in ''
  char quote = '\0';
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
      word += text[++i];
      is_open = true;
    } else if (quote != '\0') {
      if (c == quote) {
        quote = '\0';
      } else {
        word += c;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      is_open = true;
    } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      if (is_open) words.push_back(word);
      word.clear();
      is_open = false;
    } else {
      word += c;
      is_open = true;
    }
  }
  if (quote != '\0') {
    throw UsageError("the response file " + file + " has a quote that is not closed");
  }
  if (is_open) words.push_back(word);
  return words;
}

std::vector<std::string> expand_arguments(const std::vector<std::string>& arguments) {
  std::vector<std::string> result;
  for (const std::string& argument : arguments) {
    if (argument.size() > 1 && argument[0] == '@') {
      add_file(argument.substr(1), 1, result);
    } else {
      add_word(argument, result);
    }
  }
  return result;
}

}  // namespace tgc
