// SPDX-License-Identifier: Apache-2.0
// Where flags are read from, which place wins, and what happens to names nobody knows.
#include "flags/config_sources.h"

#include "catch2/catch.hpp"
#include "support/check.h"
#include "unit/flags/config_fixture.h"

namespace tgc {
namespace {

using Lines = std::vector<std::string>;

TEST_CASE_METHOD(ConfigFixture, "without any source all flags have their defaults") {
  const auto config = load();
  REQUIRE(config);
  CHECK(config->non_default().empty());
  CHECK(config->files().empty());
  CHECK(config->text("device") == "cpu");
  CHECK(config->setting("device").origin.text() == "default");
  CHECK(Config().text("floatX") == "float64");
}

TEST_CASE_METHOD(ConfigFixture, "each place wins over the ones below it") {
  request.assignments = {"threads=8"};
  set("TGC_FLAGS", "threads=7");
  set("THEANO_FLAGS", "threads=6");
  set("AESARA_FLAGS", "threads=5");
  set("PYTENSOR_FLAGS", "threads=4");
  write(project() + "/tgc.toml", "threads = 3\n");
  write(home() + "/.tgcrc", "[global]\nthreads = 2\n");
  write(home() + "/.theanorc", "[global]\nthreads = 1\n");
  CHECK(load()->integer("threads") == 8);
  CHECK(load()->setting("threads").origin.text() == "command line");
  request.assignments.clear();
  CHECK(load()->integer("threads") == 7);
  request.environment.erase("TGC_FLAGS");
  CHECK(load()->integer("threads") == 6);
  request.environment.erase("THEANO_FLAGS");
  CHECK(load()->integer("threads") == 5);
  request.environment.erase("AESARA_FLAGS");
  CHECK(load()->integer("threads") == 4);
  request.environment.erase("PYTENSOR_FLAGS");
  CHECK(load()->integer("threads") == 3);
  CHECK(load()->setting("threads").origin.text() == "tgc.toml:1");
  request.project_folder.clear();
  CHECK(load()->integer("threads") == 2);
  CHECK(load()->setting("threads").origin.text() == "~/.tgcrc:2");
  std::filesystem::remove(home() + "/.tgcrc");
  CHECK(load()->integer("threads") == 1);
  std::filesystem::remove(home() + "/.theanorc");
  CHECK(load()->integer("threads") == 0);
}

TEST_CASE_METHOD(ConfigFixture,
                 "later duplicates win within one variable and on the command line") {
  set("TGC_FLAGS", "floatX=float32,floatX=float16");
  CHECK(load()->text("floatX") == "float16");
  request.assignments = {"floatX=float32", "floatX=float64"};
  CHECK(load()->text("floatX") == "float64");
}

TEST_CASE_METHOD(ConfigFixture, "an isolated run ignores environment and home, not the project") {
  request.is_isolated = true;
  set("TGC_FLAGS", "floatX=float32");
  set("TGC_CACHE_DIR", "/somewhere");
  set("THEANO_FLAGS", "no_such_flag=1");
  write(home() + "/.theanorc", "[global]\nfloatX = float16\n");
  write(project() + "/tgc.toml", "optimizer = \"o2\"\n");
  request.assignments = {"profile=False"};
  const auto config = load();
  REQUIRE(config);
  CHECK(config->text("floatX") == "float64");
  CHECK(config->text("cache_dir").empty());
  CHECK(config->text("optimizer") == "o2");
  CHECK(lines().empty());
  REQUIRE(config->files().size() == 1);
  CHECK(shorten(config->files()[0]) == "project/tgc.toml");
}

TEST_CASE_METHOD(ConfigFixture, "all three families of variables take both spellings") {
  set("AESARA_FLAGS", "gpuarray__preallocate=0.5");
  set("PYTENSOR_FLAGS", "optdb.max_use_ratio=4");
  set("THEANO_FLAGS", "optdb__position_cutoff=2");
  const auto config = load();
  REQUIRE(config);
  CHECK(config->number("gpuarray.preallocate") == 0.5);
  CHECK(config->number("optdb.max_use_ratio") == 4);
  CHECK(config->number("optdb.position_cutoff") == 2);
  CHECK(config->setting("gpuarray.preallocate").origin.text() == "AESARA_FLAGS");
  CHECK(config->setting("gpuarray.preallocate").origin.raw == "gpuarray__preallocate=0.5");
}

TEST_CASE_METHOD(ConfigFixture, "THEANORC lists files of which later ones win") {
  write(project() + "/a.rc", "[global]\nfloatX = float32\noptimizer = o2\n");
  write(project() + "/b.rc", "[global]\nfloatX = float16\n");
  write(home() + "/.theanorc", "[global]\non_opt_error = raise\n");
  set("THEANORC", project() + "/a.rc:" + project() + "/missing.rc:" + project() + "/b.rc");
  const auto config = load();
  REQUIRE(config);
  CHECK(config->text("floatX") == "float16");
  CHECK(config->text("optimizer") == "o2");
  CHECK(config->text("on_opt_error") == "warn");
  CHECK(config->files() == Lines{project() + "/a.rc", project() + "/b.rc"});
}

TEST_CASE_METHOD(ConfigFixture, "a file in THEANORC may lie below the home folder") {
  write(home() + "/my.rc", "[global]\nfloatX = float32\n");
  set("THEANORC", "~/my.rc");
  CHECK(load()->text("floatX") == "float32");
  CHECK(load()->setting("floatX").origin.text() == "~/my.rc:2");
}

TEST_CASE_METHOD(ConfigFixture,
                 "options of a .theanorc do not distinguish case and sections nest") {
  write(home() + "/.theanorc",
        "[global]\nfloatx=float32\n[dnn.conv]\nALGO_FWD=time_once\n[gpuarray]\npreallocate=2000\n");
  const auto config = load();
  REQUIRE(config);
  CHECK(config->text("floatX") == "float32");
  CHECK(config->text("dnn.conv.algo_fwd") == "time_once");
  CHECK(config->preallocation() == Preallocation{Preallocation::Kind::megabytes, 2000});
}

TEST_CASE_METHOD(ConfigFixture, "known names are replaced in a .theanorc") {
  set("TMPDIR", "/scratch");
  write(home() + "/.theanorc", "[global]\nbase_compiledir=%(TMPDIR)s/%(USER)s/%(PID)s\n");
  CHECK(load()->text("base_compiledir") == "/scratch/ada/42");
}

TEST_CASE_METHOD(ConfigFixture, "an unknown name in THEANO_FLAGS is a warning in Theano's words") {
  set("THEANO_FLAGS", "optimizer_exluding=fusion,floatX=float32");
  const auto config = load();
  REQUIRE(config);
  CHECK(config->text("floatX") == "float32");
  CHECK(
      lines() ==
      Lines{"warning [unknown-flag] tgc does not recognise this flag: optimizer_exluding; did you "
            "mean 'optimizer_excluding'?; in THEANO_FLAGS: optimizer_exluding=fusion"});
}

TEST_CASE_METHOD(ConfigFixture, "an unknown name in tgc's own places is an error") {
  request.assignments = {"floatx=float32"};
  set("TGC_FLAGS", "wibble=1");
  write(project() + "/tgc.toml", "[gpuarray]\nprealocate = 0.5\n");
  write(home() + "/.tgcrc", "[global]\nthread = 1\n");
  CHECK_FALSE(load());
  CHECK(lines() ==
        Lines{"error [unknown-flag] ~/.tgcrc:2: tgc does not recognise this flag: thread; did you "
              "mean 'threads'?",
              "error [unknown-flag] project/tgc.toml:2: tgc does not recognise this flag: "
              "gpuarray.prealocate; did you mean 'gpuarray.preallocate'?",
              "error [unknown-flag] tgc does not recognise this flag: wibble; in TGC_FLAGS: "
              "wibble=1",
              "error [unknown-flag] tgc does not recognise this flag: floatx; did you mean "
              "'floatX'?; on the command line: floatx=float32"});
}

TEST_CASE_METHOD(ConfigFixture, "an unknown name in a .theanorc is silent, a note if asked for") {
  write(home() + "/.theanorc", "[mysection]\nkey = 1\n");
  CHECK(load().has_value());
  CHECK(lines().empty());
  request.is_verbose = true;
  CHECK(load().has_value());
  CHECK(lines() == Lines{"note [unknown-flag] ~/.theanorc:2: tgc does not recognise this flag: "
                         "mysection.key"});
}

TEST_CASE_METHOD(ConfigFixture,
                 "an item without a value is dropped from a variable with a warning") {
  set("THEANO_FLAGS", "profile,floatX=float32");
  CHECK(load()->text("floatX") == "float32");
  CHECK(lines() == Lines{"warning [flag-syntax] THEANO_FLAGS: 'profile' has no value, ignoring it; "
                         "in THEANO_FLAGS: profile"});
}

TEST_CASE_METHOD(ConfigFixture, "an item without a value is an error on the command line") {
  request.assignments = {"profile"};
  CHECK_FALSE(load());
  CHECK(lines() ==
        Lines{"error [flag-syntax] command line: 'profile' has no value; write profile=VALUE"});
}

TEST_CASE_METHOD(ConfigFixture, "a quote that is not closed is an error") {
  set("TGC_FLAGS", "cxx=\"g++");
  CHECK_FALSE(load());
  CHECK(lines() ==
        Lines{"error [flag-syntax] TGC_FLAGS: no closing quotation; in TGC_FLAGS: cxx=\"g++"});
}

TEST_CASE_METHOD(ConfigFixture, "broken lines are errors in ~/.tgcrc and warnings in a .theanorc") {
  write(home() + "/.tgcrc", "floatX=float32\n");
  write(home() + "/.theanorc", "[global]\nfloatX\n");
  CHECK_FALSE(load());
  CHECK(
      lines() ==
      Lines{"warning [config-file] ~/.theanorc:2: this line is neither [section] nor option = "
            "value; ignoring it",
            "error [config-file] ~/.tgcrc:1: no [section] stands above this line; flags without a "
            "dot go below [global]"});
}

TEST_CASE_METHOD(ConfigFixture, "a tgc.toml that is not TOML is an error with its line") {
  write(project() + "/tgc.toml", "floatX = \"float32\"\ndevice = \n");
  CHECK_FALSE(load());
  REQUIRE(diagnostics.all().size() == 1);
  CHECK(diagnostics.all()[0].code == "config-file");
  CHECK(diagnostics.all()[0].location.line == 2);
}

TEST_CASE_METHOD(ConfigFixture, "a tgc.toml uses TOML's own types") {
  write(project() + "/tgc.toml",
        "optimizer_verbose = true\nfloatX = 32\noptimizer_excluding = [\"fusion\", \"inplace\"]\n"
        "[gpuarray]\npreallocate = 0.5\n[dnn]\nenabled = false\n");
  const auto config = load();
  REQUIRE(config);
  CHECK(config->boolean("optimizer_verbose"));
  CHECK(config->text("floatX") == "float32");
  CHECK(config->list("optimizer_excluding") == Lines{"fusion", "inplace"});
  CHECK(config->number("gpuarray.preallocate") == 0.5);
  CHECK(config->text("dnn.enabled") == "False");
}

TEST_CASE_METHOD(ConfigFixture, "a tgc.toml value of the wrong type is an error") {
  write(project() + "/tgc.toml",
        "optimizer_verbose = \"True\"\nthreads = 1.5\ndevice = 3\n"
        "optimizer_including = [1]\n");
  CHECK_FALSE(load());
  CHECK(
      lines() ==
      Lines{"error [flag-value] project/tgc.toml:1: configuration variable \"optimizer_verbose\" "
            "expects true or false",
            "error [flag-value] project/tgc.toml:2: configuration variable \"threads\" expects an "
            "integer",
            "error [flag-value] project/tgc.toml:3: configuration variable \"device\" expects a "
            "string",
            "error [flag-value] project/tgc.toml:4: configuration variable "
            "\"optimizer_including\" expects an array of strings, or one string with \":\" between "
            "the words"});
}

TEST_CASE_METHOD(ConfigFixture, "an invalid value that is in force is an error with its place") {
  write(home() + "/.theanorc", "[global]\nfloatX = float31\n");
  CHECK_FALSE(load());
  CHECK(lines() ==
        Lines{"error [flag-value] ~/.theanorc:2: invalid value (\"float31\") for configuration "
              "variable \"floatX\". Valid options are (\"float64\", \"float32\", \"float16\"); did "
              "you mean 'float32'?"});
  set("THEANO_FLAGS", "floatX=float32");
  CHECK(load()->text("floatX") == "float32");
}

TEST_CASE_METHOD(ConfigFixture, "paths are expanded by the home folder") {
  set("TGC_FLAGS", "cache_dir=~/kernels");
  CHECK(load()->text("cache_dir") == home() + "/kernels");
}

TEST_CASE_METHOD(ConfigFixture, "TGC_CACHE_DIR gives cache_dir, below TGC_FLAGS") {
  set("TGC_CACHE_DIR", "/kernels");
  CHECK(load()->text("cache_dir") == "/kernels");
  CHECK(load()->setting("cache_dir").origin.text() == "TGC_CACHE_DIR");
  set("TGC_FLAGS", "cache_dir=/others");
  CHECK(load()->text("cache_dir") == "/others");
}

TEST_CASE_METHOD(ConfigFixture, "the flags that differ from their defaults keep their origin") {
  set("TGC_FLAGS", "optimizer=o2,profile=False");
  const auto config = load();
  REQUIRE(config);
  const std::vector<FlagSetting> changed = config->non_default();
  REQUIRE(changed.size() == 1);
  CHECK(changed[0].flag->name == "optimizer");
  CHECK(changed[0].origin.kind == OriginKind::tgc_variable);
  CHECK(changed[0].origin.raw == "optimizer=o2");
}

TEST_CASE_METHOD(ConfigFixture, "names in [DEFAULT] serve other options, and flags there count") {
  write(home() + "/.tgcrc",
        "[DEFAULT]\nroot = /opt\nfloatX = float32\n[global]\ncxx = %(root)s/g++\n");
  const auto config = load();
  REQUIRE(config);
  CHECK(config->text("cxx") == "/opt/g++");
  CHECK(config->text("floatX") == "float32");
  CHECK(lines().empty());
}

TEST_CASE_METHOD(ConfigFixture, "a file that cannot be read is an error where it is tgc's own") {
  if (geteuid() == 0) {
    WARN("skipped: root may read every file");
    return;
  }
  write(project() + "/tgc.toml", "threads = 1\n");
  std::filesystem::permissions(project() + "/tgc.toml", std::filesystem::perms::none);
  CHECK_FALSE(load());
  CHECK(lines() == Lines{"error [config-file] project/tgc.toml:0: the file cannot be read"});
}

TEST_CASE("asking for a flag by the wrong type or name is a bug") {
  const Config config;
  CHECK_THROWS_AS(config.boolean("optimizer"), InternalError);
  CHECK_THROWS_AS(config.text("no_such_flag"), InternalError);
}

TEST_CASE("the environment of the process is a map") {
  REQUIRE(setenv("TGC_FLAGS_TEST_VARIABLE", "a=b", 1) == 0);
  CHECK(environment_variables()["TGC_FLAGS_TEST_VARIABLE"] == "a=b");
}

}  // namespace
}  // namespace tgc
