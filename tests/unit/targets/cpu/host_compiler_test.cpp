// SPDX-License-Identifier: Apache-2.0
// Compiling and linking with the compilers of this machine.
#include "targets/cpu/host_compiler.h"

#include <dlfcn.h>

#include <cstdlib>
#include <map>
#include <mutex>

#include "catch2/catch.hpp"
#include "support/file.h"
#include "support/process.h"
#include "support/text.h"

using namespace tgc;

namespace {

EnvironmentLookup environment_of(std::map<std::string, std::string> variables) {
  return [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found != variables.end() ? std::optional(found->second) : std::nullopt;
  };
}

HostCompiler compiler_named(const std::string& name) {
  Diagnostics diagnostics;
  const auto compiler = find_host_compiler(name, environment_of({}), diagnostics);
  REQUIRE(compiler);
  return *compiler;
}

TempFolder scratch() {
  std::error_code error;
  auto folder = TempFolder::make("", "tgc-compiler-test-", error);
  REQUIRE(folder);
  return std::move(*folder);
}

// A source with a function that the other calls, and the one that is exported.
std::vector<CpuSource> two_sources() {
  return {{"helper",
           "#include \"tgc/scale.h\"\ndouble helper(double x) { return x * kScale; }\n",
           {"-DUNUSED=1"},
           {"softmax_1"}},
          {"table",
           "double helper(double);\nextern \"C\" double sin(double);\n"
           "extern \"C\" __attribute__((visibility(\"default\"))) double tgc_entry(double x) {\n"
           "  return helper(x) + sin(0.0 * x);\n}\n",
           {},
           {}}};
}

CpuCompileOptions two_options() {
  CpuCompileOptions options;
  options.headers["tgc/scale.h"] = "constexpr double kScale = 3;\n";
  return options;
}

// A blob store over a map.
struct MapStore {
  std::map<std::string, std::string> blobs;

  BlobStore store() {
    return {[this](const BlobKey& key) -> std::optional<std::string> {
              const auto found = blobs.find(key.digest);
              return found != blobs.end() ? std::optional(found->second) : std::nullopt;
            },
            [this](const BlobKey& key, std::string_view bytes) { blobs[key.digest] = bytes; }};
  }
};

CpuLibrary built(const std::vector<CpuSource>& sources, const HostCompiler& compiler,
                 const CpuCompileOptions& options, const BlobStore& store = {}) {
  Diagnostics diagnostics;
  const auto library =
      build_cpu_library(sources, "libtest.so", compiler, options, store, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    for (const DiagnosticNote& note : diagnostic.notes) UNSCOPED_INFO(note.message);
  }
  REQUIRE(library);
  return *library;
}

std::string output_of(const std::vector<std::string>& arguments) {
  const ProcessResult result = run_command({arguments, "", {{"LC_ALL", "C"}}});
  REQUIRE(result.ok());
  return result.output;
}

// The words in brackets of the lines of `text` that hold `mark`.
std::vector<std::string> bracketed(const std::string& text, const std::string& mark) {
  std::vector<std::string> words;
  for (const std::string& line : split(text, '\n')) {
    if (line.find(mark) == std::string::npos) continue;
    const size_t open = line.find('[');
    words.push_back(line.substr(open + 1, line.find(']') - open - 1));
  }
  return words;
}

}  // namespace

TEST_CASE("the compiler asked for is used alone, then CXX alone, then the usual names") {
  Diagnostics diagnostics;
  CHECK(
      find_host_compiler("g++", environment_of({{"CXX", "/nonexistent"}}), diagnostics)->command ==
      std::vector<std::string>{"g++"});
  CHECK(find_host_compiler("", environment_of({{"CXX", "env g++"}}), diagnostics)->command ==
        std::vector<std::string>{"env", "g++"});
  CHECK(find_host_compiler("", environment_of({}), diagnostics).has_value());
  CHECK(diagnostics.all().empty());
}

TEST_CASE("a compiler that is not there is an error, not a reason to take another") {
  Diagnostics diagnostics;
  CHECK(!find_host_compiler("", environment_of({{"CXX", "/nonexistent/g++"}}), diagnostics));
  REQUIRE(diagnostics.all().size() == 1);
  CHECK(diagnostics.all()[0].code == "cpu-compiler-missing");
  CHECK(diagnostics.all()[0].message ==
        "the cpu target needs a C++20 compiler; '/nonexistent/g++' was not found");
  CHECK(diagnostics.all()[0].hint == "install one with `apt-get install g++`, or name one in CXX");
}

TEST_CASE("a program that is no compiler is an error") {
  Diagnostics diagnostics;
  CHECK(!find_host_compiler("false", environment_of({}), diagnostics));
  REQUIRE(diagnostics.all().size() == 1);
  CHECK(diagnostics.all()[0].message == "the C++ compiler 'false' does not work");
  CHECK(diagnostics.all()[0].notes[0].message == "false --version: exit code 1");
}

TEST_CASE("the identity names compiler, machine, assembler and linker") {
  const HostCompiler compiler = compiler_named("g++");
  CHECK(compiler.version.find("g++") != std::string::npos);
  CHECK(compiler.identity.find(compiler.version) == 0);
  CHECK(compiler.identity.find("linux-gnu") != std::string::npos);
  CHECK(compiler.identity.find("assembler") != std::string::npos);
  CHECK(compiler.identity.find("GNU ld") != std::string::npos);
}

TEST_CASE("a built library runs, with each compiler of this machine") {
  const TempFolder folder = scratch();
  for (const char* name : {"g++", "clang++"}) {
    if (find_program(name).empty()) {
      WARN(std::string(name) + " was not found and is not checked");
      continue;
    }
    const CpuLibrary library = built(two_sources(), compiler_named(name), two_options());
    CHECK(library.warnings.empty());
    const std::string path = join_path(folder.path(), std::string("lib") + name + ".so");
    REQUIRE(!write_file_atomically(path, library.bytes));
    void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    REQUIRE(handle != nullptr);
    const auto entry = reinterpret_cast<double (*)(double)>(::dlsym(handle, "tgc_entry"));
    REQUIRE(entry != nullptr);
    CHECK(entry(2) == 6);
    ::dlclose(handle);
  }
}

TEST_CASE("a library needs libc and libm alone and exports what its text says") {
  const TempFolder folder = scratch();
  const std::string path = join_path(folder.path(), "library");
  REQUIRE(!write_file_atomically(path,
                                 built(two_sources(), compiler_named("g++"), two_options()).bytes));
  const std::string dynamic = output_of({"readelf", "-dW", path});
  CHECK(bracketed(dynamic, "(NEEDED)") == std::vector<std::string>{"libm.so.6"});
  CHECK(bracketed(dynamic, "(SONAME)") == std::vector<std::string>{"libtest.so"});
  const std::string symbols = output_of({"nm", "-D", "--defined-only", path});
  CHECK(split(symbols, '\n').size() == 2);
  CHECK(symbols.find(" T tgc_entry\n") != std::string::npos);
  CHECK(output_of({"readelf", "-SW", path}).find(".comment") == std::string::npos);
  CHECK(output_of({"readelf", "-lW", path})
            .find("GNU_STACK      0x000000 0x0000000000000000 "
                  "0x0000000000000000 0x000000 0x000000 RW ") != std::string::npos);
}

TEST_CASE("the bytes depend on neither folder nor number of processes and hold no path") {
  const HostCompiler compiler = compiler_named("g++");
  CpuCompileOptions options = two_options();
  options.processes = 1;
  const std::string once = built(two_sources(), compiler, options).bytes;
  const TempFolder folder = scratch();
  const char* before = std::getenv("TMPDIR");
  const std::string old = before != nullptr ? before : "";
  ::setenv("TMPDIR", folder.path().c_str(), 1);
  options.processes = 2;
  const std::string again = built(two_sources(), compiler, options).bytes;
  CHECK((before != nullptr ? ::setenv("TMPDIR", old.c_str(), 1) : ::unsetenv("TMPDIR")) == 0);
  CHECK(once == again);
  CHECK(once.find("tgc-cpu-") == std::string::npos);
  std::error_code error;
  CHECK(list_folder(folder.path(), error)->empty());
}

TEST_CASE("objects are the same each time and hold no path") {
  Diagnostics diagnostics;
  const auto compile = [&] {
    const auto objects =
        compile_objects(two_sources(), compiler_named("g++"), two_options(), {}, diagnostics);
    REQUIRE(objects);
    return objects->bytes;
  };
  const auto once = compile();
  CHECK(compile() == once);
  CHECK(once[0].find("tgc-cpu-") == std::string::npos);
}

TEST_CASE("the second time a library comes from the cache, also with other comments") {
  MapStore map;
  const HostCompiler compiler = compiler_named("g++");
  std::vector<CpuSource> sources = two_sources();
  const CpuLibrary first = built(sources, compiler, two_options(), map.store());
  CHECK(!first.from_cache);
  sources[0].text = "// the user's nodes\n" + sources[0].text;
  const CpuLibrary second = built(sources, compiler, two_options(), map.store());
  CHECK(second.from_cache);
  CHECK(second.bytes == first.bytes);
}

TEST_CASE("a changed source is compiled, the others come from the cache") {
  MapStore map;
  const HostCompiler compiler = compiler_named("g++");
  std::vector<CpuSource> sources = two_sources();
  built(sources, compiler, two_options(), map.store());
  sources[0].text += "double more(double x) { return x; }\n";
  CHECK(built(sources, compiler, two_options(), map.store()).objects_from_cache == 1);
  sources[0].flags = {"-DUNUSED=2"};
  CHECK(built(sources, compiler, two_options(), map.store()).objects_from_cache == 1);
}

TEST_CASE("a changed header, flag or compiler compiles everything again") {
  MapStore map;
  HostCompiler compiler = compiler_named("g++");
  CpuCompileOptions options = two_options();
  built(two_sources(), compiler, options, map.store());
  const auto from_cache = [&] {
    const CpuLibrary library = built(two_sources(), compiler, options, map.store());
    return library.objects_from_cache + (library.from_cache ? 10 : 0);
  };
  options.headers["tgc/scale.h"] = "constexpr double kScale = 4;\n";
  CHECK(from_cache() == 0);
  options.flags = {"-O1"};
  CHECK(from_cache() == 0);
  compiler.identity += "newer";
  CHECK(from_cache() == 0);
  CHECK(from_cache() == 10);
}

TEST_CASE("a rejected source is named with its nodes, command and output, and kept") {
  const TempFolder folder = scratch();
  Diagnostics diagnostics;
  CpuCompileOptions options = two_options();
  options.keep_folder = join_path(folder.path(), "kept");
  std::vector<CpuSource> sources = two_sources();
  sources[0].text = "#include \"tgc/scale.h\"\ndouble helper(double x) { return x * kMissing; }\n";
  CHECK(!build_cpu_library(sources, "libtest.so", compiler_named("g++"), options, {}, diagnostics));
  REQUIRE(diagnostics.all().size() == 1);
  const Diagnostic& error = diagnostics.all()[0];
  CHECK(error.code == "cpu-compiler-failed");
  CHECK(error.message == "the C++ compiler rejected helper.cpp");
  REQUIRE(error.notes.size() == 5);
  CHECK(error.notes[0].message == "it computes softmax_1");
  CHECK(error.notes[1].message.starts_with("command: g++ -std=c++20 -O3 "));
  CHECK(error.notes[2].message == "exit code 1");
  CHECK(error.notes[3].message.find("helper.cpp:2:") != std::string::npos);
  CHECK(error.notes[3].message.find("kMissing") != std::string::npos);
  CHECK(error.notes[4].message ==
        "the text is kept in " + options.keep_folder + ", where the command runs");
  // The shown command fails there in the same way.
  const std::string shown = error.notes[1].message.substr(9);
  const ProcessResult rerun = run_command({{"sh", "-c", shown}, options.keep_folder, {}});
  CHECK(rerun.exit_code == 1);
  CHECK(rerun.output.find("kMissing") != std::string::npos);
}

TEST_CASE("every rejected source is reported, in the order of the sources") {
  Diagnostics diagnostics;
  const std::vector<CpuSource> sources = {{"a", "x", {}, {}},
                                          {"b", "int b;\n", {}, {}},
                                          {"c", "longer text is compiled first\n", {}, {}}};
  CHECK(!compile_objects(sources, compiler_named("g++"), {}, {}, diagnostics));
  REQUIRE(diagnostics.all().size() == 2);
  CHECK(diagnostics.all()[0].message == "the C++ compiler rejected a.cpp");
  CHECK(diagnostics.all()[1].message == "the C++ compiler rejected c.cpp");
}

TEST_CASE("a function that nobody defines is an error of the linker") {
  Diagnostics diagnostics;
  std::vector<CpuSource> sources = two_sources();
  sources.erase(sources.begin());
  CHECK(!build_cpu_library(sources, "libtest.so", compiler_named("g++"), two_options(), {},
                           diagnostics));
  REQUIRE(diagnostics.all().size() == 1);
  CHECK(diagnostics.all()[0].message == "libtest.so could not be linked");
  CHECK(diagnostics.all()[0].notes.back().message.find("helper(double)") != std::string::npos);
}

TEST_CASE("warnings of the compiler are handed on") {
  CpuCompileOptions options = two_options();
  options.flags = {"-Wall"};
  std::vector<CpuSource> sources = two_sources();
  sources[0].text += "static int never_used() { return 1; }\n";
  const CpuLibrary library = built(sources, compiler_named("g++"), options);
  CHECK(library.warnings.find("never_used") != std::string::npos);
}

TEST_CASE("progress counts sources from the cache and compiled ones") {
  MapStore map;
  const HostCompiler compiler = compiler_named("g++");
  std::vector<CpuSource> sources = two_sources();
  Diagnostics diagnostics;
  CHECK(compile_objects({sources[0]}, compiler, two_options(), map.store(), diagnostics));
  std::vector<size_t> done;
  CpuCompileOptions options = two_options();
  options.progress = [&](const CpuProgress& progress) {
    CHECK(progress.total == 2);
    CHECK(progress.from_cache == 1);
    done.push_back(progress.done);
  };
  CHECK(compile_objects(sources, compiler, options, map.store(), diagnostics));
  CHECK(done == std::vector<size_t>{1, 2});
}
