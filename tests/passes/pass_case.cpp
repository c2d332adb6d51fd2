// SPDX-License-Identifier: Apache-2.0
// Reading and writing the cases of rewrites; the format is described in the header.
#include "passes/pass_case.h"

#include <sstream>

#include "support/text.h"

namespace tgc {
namespace {

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

class HeadReader {
 public:
  HeadReader(PassCase& result, std::string& error) : result_(result), error_(error) {}

  void line(const std::string& line) {
    if (line.starts_with("# ")) {
      has_comment_ = true;
      return;
    }
    const size_t colon = line.find(": ");
    const std::string key = line.substr(0, colon);
    const std::string rest = colon == std::string::npos ? "" : line.substr(colon + 2);
    if (rest.empty() || !read(key, words_of(rest))) error_ = "cannot read '" + line + "'";
  }

  void finish() {
    if (!has_comment_) error_ = "a comment must say what the case shows";
  }

 private:
  bool read(const std::string& key, const std::vector<std::string>& words) {
    if (std::vector<std::string>* list = list_of(key)) {
      *list = words;
    } else if (key == "on") {
      result_.for_cuda = words[0] == "cuda";
      return words.size() == 1 && (words[0] == "cuda" || words[0] == "cpu");
    } else if (key == "tolerance") {
      result_.tolerance = std::stod(words[0]);
    } else if (key == "values") {
      if (words.size() != 3) return false;
      result_.values[words[0]] = {std::stod(words[1]), std::stod(words[2])};
    } else if (key == "dims") {
      return read_dims(words);
    } else {
      return false;
    }
    return true;
  }

  std::vector<std::string>* list_of(const std::string& key) {
    if (key == "taken by") return &result_.taken_by;
    if (key == "also") return &result_.also;
    if (key == "including") return &result_.including;
    if (key == "excluding") return &result_.excluding;
    return nullptr;
  }

  bool read_dims(const std::vector<std::string>& words) {
    for (const std::string& word : words) {
      const size_t equals = word.find('=');
      if (equals == std::string::npos) return false;
      result_.dims[word.substr(0, equals)] = std::stoll(word.substr(equals + 1));
    }
    return true;
  }

  PassCase& result_;
  std::string& error_;
  bool has_comment_ = false;
};

// Clean-up, which fires nearly everywhere.
bool is_cleanup(const std::string& name) {
  return name.starts_with("merge") || name == "place_shared" || name == "sink_ifelse";
}

std::string list_text(const std::string& rewrite, const std::vector<std::string>& words) {
  constexpr size_t kWidth = 100;
  std::string text;
  std::string line;
  for (const std::string& word : words) {
    if (is_cleanup(word) && word != rewrite) continue;
    if (!line.empty() && line.size() + 1 + word.size() > kWidth) {
      text += line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return line.empty() ? text : text + line + "\n";
}

}  // namespace

std::optional<PassCase> parse_pass_case(const std::string& rewrite, const std::string& text,
                                        std::string& error) {
  PassCase result;
  result.rewrite = rewrite;
  HeadReader head_reader(result, error);
  enum class Section { head, graph, written } section = Section::head;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (line == "--- graph") {
      if (section != Section::head) error = "a second graph";
      section = Section::graph;
    } else if (line.starts_with("--- ")) {
      if (section == Section::head) error = "no graph";
      section = Section::written;
    } else if (section == Section::head) {
      head_reader.line(line);
    } else if (section == Section::graph) {
      result.graph += line + "\n";
    }
    (section == Section::written ? result.written : result.head) += line + "\n";
  }
  head_reader.finish();
  if (result.graph.empty()) error = "no graph";
  if (!error.empty()) return std::nullopt;
  return result;
}

std::string written_sections(const std::string& rewrite, const std::string& alone,
                             const std::vector<std::string>& fired,
                             const std::vector<std::string>& fired_without) {
  return "--- alone\n" + alone + "--- fast_run\n" + list_text(rewrite, fired) +
         "--- fast_run without " + rewrite + "\n" + list_text(rewrite, fired_without);
}

}  // namespace tgc
