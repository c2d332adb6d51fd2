// SPDX-License-Identifier: Apache-2.0
// Statements of Kernel IR as C++: one after the other (StatementEmitter), or for a block of outer
// iterations side by side (ColumnEmitter). Used by the CPU emitters only.
#pragma once
#include <string>
#include <vector>

#include "targets/c_text.h"
#include "targets/target.h"

namespace tgc {

struct CountedLoop;

std::string function_text(const Kernel& kernel, const CText& text, const std::string& body);
std::string for_text(CText& text, const Loop& loop);

class StatementEmitter {
 public:
  StatementEmitter(const Kernel& kernel, CText& text, IndentedWriter& writer)
      : kernel_(kernel), text_(text), writer_(writer) {}
  void body(const Body& body);

 private:
  void statement(const Let& let);
  void statement(const Reduce& reduce);
  void statement(const Store& store);
  void statement(const ForEach& loop);
  void statement(const Serial& serial);
  void statement(const If& branch);
  void statement(const Check& check);
  // Names repeated subexpressions, calls `emit`, forgets the names.
  template <class Emit>
  void with_shared(const std::vector<ExprRef>& exprs, const Emit& emit);

  const Kernel& kernel_;
  CText& text_;
  IndentedWriter& writer_;
};

// Lets, Reduces and Stores for `width` (at most `columns`) values of one outer counter from
// `first`.
class ColumnEmitter {
 public:
  ColumnEmitter(const Kernel& kernel, CText& text, IndentedWriter& writer, IndexId column,
                int64_t columns)
      : kernel_(kernel), text_(text), writer_(writer), column_(column), columns_(columns) {}
  void body(const Body& body);

 private:
  void reduce(const Reduce& reduce);

  const Kernel& kernel_;
  CText& text_;
  IndentedWriter& writer_;
  IndexId column_;
  int64_t columns_;
};

// The same for rows that are gathered (Lets, Checks, one counted loop, straight code): the values
// the loop carries lie side by side in lanes.
class GatherEmitter {
 public:
  GatherEmitter(const Kernel& kernel, CText& text, IndentedWriter& writer, IndexId column,
                int64_t columns)
      : kernel_(kernel), text_(text), writer_(writer), column_(column), columns_(columns) {}
  void body(const Body& body);

 private:
  void serial(const Loop& loop, const CountedLoop& counted);
  void open_lanes();
  void name_carried(const std::vector<Carried>& values);

  const Kernel& kernel_;
  CText& text_;
  IndentedWriter& writer_;
  IndexId column_;
  int64_t columns_;
};

}  // namespace tgc
