// SPDX-License-Identifier: Apache-2.0
// Every rewrite name a user of Theano, Aesara or PyTensor may write in optimizer_excluding and its
// sisters, so that no name is silently ignored. Pure data (rewrite_names.def) and look-ups; which
// of them tgc really runs is known to the pass manager, not here.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tgc {

// What becomes of a name that no pass of tgc carries. A name that one carries works.
enum class RewriteStatus { not_yet, done_by, not_applicable };

struct RewriteName {
  std::string_view name;  // Theano's, letter by letter
  std::string_view
      group;  // core, tensor, nnet, blas, scan, sparse, sandbox, gpuarray, metaopt, cuda09
  std::string_view kind;    // Theano's class, which acts as a tag
  std::string_view places;  // see rewrite_places()
  RewriteStatus status;
  std::string_view note;      // done_by: the name that does it; not_applicable: the reason
  std::string_view pytensor;  // "=" same name, "" none, else its names separated by spaces
  bool in_aesara;             // Aesara still has Theano's name
  std::string_view summary;

  // True for a name that 1.0 dropped with the CUDA back-end of 0.9; `note` is then its successor
  // or the reason why there is none.
  [[nodiscard]] bool is_removed() const { return group == "cuda09"; }
};

// One registration: in which database, where in a sequence, under which tags. A final rewrite runs
// at the end of each round of an equilibrium database, a cleanup one after each success.
struct RewritePlace {
  std::string database;
  std::optional<double> position;
  std::vector<std::string> tags;
  bool is_final = false;
  bool is_cleanup = false;
};

// What a word of optimizer_excluding, _including or _requiring stands for.
struct RewriteMatch {
  std::vector<const RewriteName*> rewrites;  // the names meant; all carriers when it is a tag
  bool is_tag = false;
  std::string note;  // not empty where the user's spelling is not Theano's 1.0 one
};

// All names, by group and then alphabetically.
std::span<const RewriteName> rewrite_names();

// The row of a name; the mark " (inner)" of a member of a group may stand behind it.
const RewriteName* find_rewrite(std::string_view name);

std::vector<RewritePlace> rewrite_places(const RewriteName& rewrite);

// All tags in alphabetical order: of every place, the class, and the databases it is in.
std::vector<std::string> rewrite_tags(const RewriteName& rewrite);

// A name or tag, also of 0.9, of PyTensor, or misspelt in a known way; nothing for a word that
// nobody ever registered.
std::optional<RewriteMatch> match_rewrite(std::string_view word);

// The name or tag nearest to `word`, or "".
std::string nearest_rewrite(std::string_view word);

// "not_yet", "done_by", "not_applicable".
std::string_view rewrite_status_name(RewriteStatus status);

}  // namespace tgc
