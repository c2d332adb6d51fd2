// SPDX-License-Identifier: Apache-2.0
// The records behind `tgc flags`.
#include "flags/flag_report.h"

#include "catch2/catch.hpp"
#include "unit/flags/config_fixture.h"

namespace tgc {
namespace {

TEST_CASE_METHOD(ConfigFixture,
                 "a row says value in force, origin and what tgc does with the flag") {
  set("THEANO_FLAGS", "device=gpu0");
  const auto config = load();
  REQUIRE(config);
  const auto row = flag_row(*config, "device");
  REQUIRE(row);
  CHECK(row->name == "device");
  CHECK(row->group == "device");
  CHECK(row->type == "device");
  CHECK(row->default_value == "cpu");
  CHECK(row->value == "cuda0");
  CHECK(row->origin == "THEANO_FLAGS");
  CHECK(row->written == "device=gpu0");
  CHECK(row->action == "honours");
  CHECK(row->scope == "run");
  CHECK_FALSE(row->is_default);
}

TEST_CASE("a choice lists its values and a mapped flag its target") {
  CHECK(flag_row(Config(), "exception_verbosity")->choices ==
        std::vector<std::string>{"low", "high"});
  CHECK(flag_row(Config(), "lib.cnmem")->action == "maps");
  CHECK(flag_row(Config(), "lib__cnmem")->detail == "gpuarray.preallocate");
  CHECK(flag_row(Config(), "lib.cnmem")->is_default);
}

TEST_CASE("there is a row for each flag, in order, and none for an unknown name") {
  const std::vector<FlagRow> rows = flag_rows(Config());
  REQUIRE(rows.size() == flag_defs().size());
  for (size_t i = 0; i < rows.size(); ++i) CHECK(rows[i].name == flag_defs()[i].name);
  CHECK_FALSE(flag_row(Config(), "wibble"));
}

TEST_CASE("an action reads as a sentence") {
  CHECK(flag_action_text(*find_flag("floatX")) == "tgc acts on it");
  CHECK(flag_action_text(*find_flag("lib.cnmem")) == "becomes gpuarray.preallocate");
  CHECK(flag_action_text(*find_flag("vm.lazy")) == "accepted and ignored: ifelse is always lazy");
  CHECK(flag_action_text(*find_flag("scan.debug")) == "no effect, with a warning: use -v");
}

}  // namespace
}  // namespace tgc
