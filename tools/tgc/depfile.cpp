// SPDX-License-Identifier: Apache-2.0
// See depfile.h.
#include "tgc/depfile.h"

#include <set>

namespace tgc {
namespace {

// As GCC's -MD does: backslashes count only before a blank or #.
std::string escaped(const std::string& path) {
  std::string text;
  size_t backslashes = 0;
  for (const char c : path) {
    if (c == ' ' || c == '\t' || c == '#') text += std::string(backslashes, '\\') + '\\';
    if (c == '$') text += '$';
    backslashes = c == '\\' ? backslashes + 1 : 0;
    text += c;
  }
  return text;
}

}  // namespace

std::string depfile_text(const std::string& target, const std::vector<std::string>& files) {
  std::string text = escaped(target) + ":";
  std::set<std::string> seen;
  for (const std::string& file : files) {
    if (seen.insert(file).second) text += " \\\n  " + escaped(file);
  }
  return text + "\n";
}

}  // namespace tgc
