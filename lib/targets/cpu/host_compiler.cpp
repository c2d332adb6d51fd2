// SPDX-License-Identifier: Apache-2.0
// See host_compiler.h. Everything runs inside a temporary folder with relative names, so that no
// path reaches the bytes.
#include "targets/cpu/host_compiler.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>

#include "support/check.h"
#include "support/file.h"
#include "support/process.h"
#include "support/text.h"

namespace tgc {
namespace {

using Clock = std::chrono::steady_clock;

// Messages in English everywhere, and no headers of the user's choosing. A compiler finds its own
// parts over PATH: without one it gets the folders in which it was found itself.
Command command_of(std::vector<std::string> arguments, std::string folder = "") {
  Command command{std::move(arguments),
                  std::move(folder),
                  {{"LC_ALL", "C"},
                   {"CPATH", std::nullopt},
                   {"C_INCLUDE_PATH", std::nullopt},
                   {"CPLUS_INCLUDE_PATH", std::nullopt}}};
  if (std::getenv("PATH") == nullptr) command.environment.emplace_back("PATH", kUsualPath);
  return command;
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

std::vector<std::string> joined(std::vector<std::string> first,
                                const std::vector<std::string>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  for (const std::string& word : split(text, ' ')) {
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

// Asks the tools for their versions, all at once.
std::optional<HostCompiler> identify(const std::vector<std::string>& command,
                                     Diagnostics& diagnostics) {
  const auto answers = run_commands(
      {command_of(joined(command, {"--version"})), command_of(joined(command, {"-dumpmachine"})),
       command_of({"as", "--version"}), command_of({"ld", "--version"})},
      4);
  if (!answers[0].ok() || !answers[1].ok()) {
    Diagnostic& error = diagnostics.error(
        "cpu-compiler-missing", "the C++ compiler '" + join(command, " ") + "' does not work");
    error.notes.push_back(
        {shell_text(joined(command, {"--version"})) + ": " + answers[0].status_text(), {}});
    return std::nullopt;
  }
  HostCompiler compiler{command, first_line(answers[0].output), ""};
  for (const ProcessResult& answer : answers) {
    compiler.identity += first_line(answer.output) + "\n";
  }
  return compiler;
}

// Objects

std::vector<std::string> compile_arguments(const CpuSource& source, const HostCompiler& compiler,
                                           const CpuCompileOptions& options) {
  std::vector<std::string> arguments = joined(compiler.command, cpu_kernel_flags());
  arguments = joined(std::move(arguments), options.flags);
  arguments = joined(std::move(arguments), source.flags);
  return joined(std::move(arguments), {"-frandom-seed=" + source.name, "-Iinclude", "-c",
                                       source.name + ".cpp", "-o", source.name + ".o"});
}

// What an object depends on. The name is in its symbol table.
std::vector<BlobKey> object_keys(const std::vector<CpuSource>& sources,
                                 const HostCompiler& compiler, const CpuCompileOptions& options) {
  std::vector<std::string> parts = {compiler.identity};
  for (const auto& [name, text] : options.headers) {
    parts.push_back(name);
    parts.push_back(text_without_comments(text));
  }
  const std::string common = blob_key("cpu", parts).digest;
  std::vector<BlobKey> keys;
  for (const CpuSource& source : sources) {
    parts = compile_arguments(source, compiler, options);
    parts.push_back(common);
    parts.push_back(text_without_comments(source.text));
    keys.push_back(blob_key("object", parts));
  }
  return keys;
}

// Writes sources and headers as the commands expect them.
std::error_code write_inputs(const std::string& folder, const std::vector<CpuSource>& sources,
                             const HeaderTexts& headers) {
  if (auto error = make_folders(join_path(folder, "include"))) return error;
  for (const auto& [name, text] : headers) {
    const std::string path = join_path(folder, "include/" + name);
    if (auto error = make_folders(parent_folder(path))) return error;
    if (auto error = write_file_atomically(path, text)) return error;
  }
  for (const CpuSource& source : sources) {
    const std::string path = join_path(folder, source.name + ".cpp");
    if (auto error = write_file_atomically(path, source.text)) return error;
  }
  return {};
}

void report_system(const std::string& what, std::error_code error, Diagnostics& diagnostics) {
  diagnostics.error("cannot-write", what + ": " + error.message());
}

std::optional<TempFolder> work_folder(Diagnostics& diagnostics) {
  std::error_code error;
  TempFolder::sweep("", "tgc-cpu-");
  auto folder = TempFolder::make("", "tgc-cpu-", error);
  if (!folder) report_system("a temporary folder cannot be made", error, diagnostics);
  return folder;
}

// Whether the compiler fails, with tgc's own flags and those of the source, on a source that has
// nothing in it: then it is broken, and the code is not to blame. The command that showed it and
// what it said are put into `command` and `result`.
bool is_broken(const HostCompiler& compiler, const std::vector<std::string>& flags,
               Command& command, ProcessResult& result) {
  std::error_code failure;
  const auto folder = TempFolder::make("", "tgc-cpu-", failure);
  if (!folder || write_file_atomically(join_path(folder->path(), "empty.cpp"), "")) return false;
  std::vector<std::string> arguments = joined(joined(compiler.command, cpu_kernel_flags()), flags);
  arguments = joined(std::move(arguments), {"-shared", "-nostdlib", "empty.cpp", "-o", "empty.so"});
  const Command tried = command_of(std::move(arguments), folder->path());
  const ProcessResult answer = run_command(tried);
  if (answer.ok()) return false;
  command = tried;
  result = answer;
  return true;
}

void report_broken(const Command& command, const ProcessResult& result, Diagnostics& diagnostics) {
  const char* path = std::getenv("PATH");
  Diagnostic& error = diagnostics.error("cpu-compiler-broken",
                                        "the C++ compiler '" + command.arguments[0] +
                                            "' does not work: it fails even on an empty file");
  error.notes.push_back({"command: " + shell_text(command.arguments), {}});
  error.notes.push_back({result.status_text(), {}});
  const std::string log(trim(result.output));
  if (!log.empty()) error.notes.push_back({log, {}});
  error.notes.push_back(
      {path == nullptr ? "PATH is not set" : "PATH is '" + std::string(path) + "'", {}});
  error.hint =
      "it must take C++20 and find its parts, the assembler `as` and the linker `ld`, over PATH; "
      "install g++ 12 or newer anew, or name another compiler in CXX";
}

// The error of a failed command, with the nodes of the source it compiled.
void report_failure(const std::string& what, const Command& command, const ProcessResult& result,
                    const std::vector<std::string>& origins, const std::string& kept,
                    const std::vector<std::string>& users_flags, Diagnostics& diagnostics) {
  const bool is_plain = users_flags.empty();
  Diagnostic& error =
      diagnostics.error(is_plain ? "cpu-compiler-failed" : "cpu-flags-rejected", what);
  if (!is_plain) {
    error.hint = "'" + join(users_flags, " ") +
                 "' is yours, from the flag gcc.cxxflags: compile without it first";
  }
  if (!origins.empty()) error.notes.push_back({"it computes " + join(origins, ", "), {}});
  error.notes.push_back({"command: " + shell_text(command.arguments), {}});
  error.notes.push_back({result.status_text(), {}});
  const std::string log(trim(result.output));
  if (!log.empty()) error.notes.push_back({log, {}});
  if (!kept.empty()) error.notes.push_back({kept, {}});
}

// Keeps the inputs if asked to; the note that says where, or why not.
std::string keep_inputs(const std::vector<CpuSource>& sources, const CpuCompileOptions& options) {
  if (options.keep_folder.empty()) return "";
  const std::error_code error = write_inputs(options.keep_folder, sources, options.headers);
  return error ? "the text could not be kept in " + options.keep_folder + ": " + error.message()
               : "the text is kept in " + options.keep_folder + ", where the command runs";
}

// One compilation of several sources: those in the cache are done, the others are compiled.
class ObjectRun {
 public:
  ObjectRun(const std::vector<CpuSource>& sources, const HostCompiler& compiler,
            const CpuCompileOptions& options, const BlobStore& store)
      : sources_(sources),
        compiler_(compiler),
        options_(options),
        store_(store),
        keys_(object_keys(sources, compiler, options)) {
    objects_.bytes.resize(sources.size());
    for (size_t i = 0; i < sources.size(); ++i) {
      if (auto found = store.find(keys_[i])) {
        objects_.bytes[i] = std::move(*found);
        ++objects_.from_cache;
      } else {
        missing_.push_back(i);
      }
    }
    // The longest texts first, so that no process is left alone with one at the end.
    std::stable_sort(missing_.begin(), missing_.end(), [&](size_t a, size_t b) {
      return sources[a].text.size() > sources[b].text.size();
    });
    for (const size_t i : missing_) {
      commands_.push_back(command_of(compile_arguments(sources[i], compiler, options)));
    }
  }

  std::optional<CpuObjects> run(Diagnostics& diagnostics) {
    report_progress(objects_.from_cache);
    if (missing_.empty()) return std::move(objects_);
    const auto folder = work_folder(diagnostics);
    if (!folder) return std::nullopt;
    if (const auto error = write_inputs(folder->path(), sources_, options_.headers)) {
      report_system("the temporary folder cannot be written", error, diagnostics);
      return std::nullopt;
    }
    for (Command& command : commands_) {
      command.folder = folder->path();
    }
    size_t done = objects_.from_cache;
    const auto results =
        run_commands(commands_, options_.processes, [&](size_t) { report_progress(++done); });
    const bool good = std::all_of(results.begin(), results.end(),
                                  [](const ProcessResult& result) { return result.ok(); });
    if (!good) {
      report_failures(results, diagnostics);
      return std::nullopt;
    }
    if (!collect(results, folder->path(), diagnostics)) return std::nullopt;
    return std::move(objects_);
  }

 private:
  void report_progress(size_t done) const {
    if (options_.progress) options_.progress({done, sources_.size(), objects_.from_cache});
  }

  void report_failures(const std::vector<ProcessResult>& results, Diagnostics& diagnostics) const {
    const auto failure = std::find_if(results.begin(), results.end(),
                                      [](const ProcessResult& result) { return !result.ok(); });
    const CpuSource& first = sources_[missing_[static_cast<size_t>(failure - results.begin())]];
    Command command;
    ProcessResult result;
    if (is_broken(compiler_, first.flags, command, result)) {
      return report_broken(command, result, diagnostics);
    }
    std::string kept = keep_inputs(sources_, options_);
    // In the order of the sources, whichever was compiled first.
    std::vector<size_t> failed;
    for (size_t i = 0; i < results.size(); ++i) {
      if (!results[i].ok()) failed.push_back(i);
    }
    std::sort(failed.begin(), failed.end(),
              [&](size_t a, size_t b) { return missing_[a] < missing_[b]; });
    if (!options_.flags.empty()) failed.resize(1);  // the same fault of the user's flags in all
    for (const size_t i : failed) {
      const CpuSource& source = sources_[missing_[i]];
      report_failure("the C++ compiler rejected " + source.name + ".cpp", commands_[i], results[i],
                     source.origins, kept, options_.flags, diagnostics);
    }
  }

  bool collect(const std::vector<ProcessResult>& results, const std::string& folder,
               Diagnostics& diagnostics) {
    for (size_t i = 0; i < results.size(); ++i) {
      const size_t index = missing_[i];
      std::error_code error;
      auto object = read_file(join_path(folder, sources_[index].name + ".o"), error);
      if (!object) {
        report_system("the object of " + sources_[index].name + ".cpp", error, diagnostics);
        return false;
      }
      objects_.bytes[index] = std::move(*object);
      objects_.warnings += results[i].output;
      store_.keep(keys_[index], objects_.bytes[index]);
    }
    return true;
  }

  const std::vector<CpuSource>& sources_;
  const HostCompiler& compiler_;
  const CpuCompileOptions& options_;
  const BlobStore& store_;
  std::vector<BlobKey> keys_;
  CpuObjects objects_;
  std::vector<size_t> missing_;
  std::vector<Command> commands_;
};

// Linking

std::vector<std::string> link_flags(const std::string& file_name) {
  return {"-shared",
          "-nostdlib",
          "-s",
          "-Wl,--no-undefined",
          "-Wl,--as-needed",
          "-Wl,--build-id=none",
          "-Wl,--gc-sections",
          "-Wl,--hash-style=gnu",
          "-Wl,-z,relro,-z,now,-z,noexecstack",
          "-Wl,-soname," + file_name};
}

// Links in a folder of its own; `flags` stand before the objects and `libraries` behind them.
std::optional<std::string> link(const std::vector<std::string>& objects,
                                const std::string& file_name, const HostCompiler& compiler,
                                const std::vector<std::string>& flags,
                                const std::vector<std::string>& libraries,
                                Diagnostics& diagnostics) {
  const auto folder = work_folder(diagnostics);
  if (!folder) return std::nullopt;
  Command command = command_of(joined(compiler.command, flags), folder->path());
  for (size_t i = 0; i < objects.size(); ++i) {
    const std::string name = std::to_string(i) + ".o";
    if (const auto error = write_file_atomically(join_path(folder->path(), name), objects[i])) {
      report_system("the temporary folder cannot be written", error, diagnostics);
      return std::nullopt;
    }
    command.arguments.push_back(name);
  }
  command.arguments = joined(joined(std::move(command.arguments), libraries), {"-o", "linked"});
  const ProcessResult result = run_command(command);
  Command tried;
  ProcessResult answer;
  if (!result.ok() && is_broken(compiler, {}, tried, answer)) {
    report_broken(tried, answer, diagnostics);
    return std::nullopt;
  }
  if (!result.ok()) {
    report_failure(file_name + " could not be linked", command, result, {}, "", {}, diagnostics);
    return std::nullopt;
  }
  std::error_code error;
  auto bytes = read_file(join_path(folder->path(), "linked"), error);
  if (!bytes) report_system(file_name, error, diagnostics);
  return bytes;
}

}  // namespace

std::optional<HostCompiler> find_host_compiler(const std::string& wanted,
                                               const EnvironmentLookup& environment,
                                               Diagnostics& diagnostics) {
  const std::string asked = wanted.empty() ? environment("CXX").value_or("") : wanted;
  std::vector<std::string> command = words_of(asked);
  if (command.empty()) {
    for (const char* name : {"c++", "g++", "clang++"}) {
      if (command.empty() && !find_program(name).empty()) command = {name};
    }
  }
  if (command.empty() || find_program(command[0]).empty()) {
    const std::string tried = command.empty() ? "none of c++, g++ and clang++ was found"
                                              : "'" + command[0] + "' was not found";
    diagnostics.error("cpu-compiler-missing", "the cpu target needs a C++20 compiler; " + tried)
        .hint = "install one with `apt-get install g++`, or name one in CXX";
    return std::nullopt;
  }
  return identify(command, diagnostics);
}

std::vector<std::string> cpu_kernel_flags() {
  return {"-std=c++20",
          "-O3",
          "-fPIC",
          "-fno-exceptions",
          "-fno-rtti",
          "-fopenmp-simd",
          "-fno-math-errno",
          "-fno-trapping-math",
          "-ffp-contract=off",
          "-fwrapv",
          "-fno-strict-aliasing",
          "-fvisibility=hidden",
          "-fno-semantic-interposition",
          "-fno-asynchronous-unwind-tables",
          "-fno-stack-protector",
          "-fcf-protection=none",
          "-ffunction-sections",
          "-fno-ident"};
}

std::optional<CpuObjects> compile_objects(const std::vector<CpuSource>& sources,
                                          const HostCompiler& compiler,
                                          const CpuCompileOptions& options, const BlobStore& store,
                                          Diagnostics& diagnostics) {
  return ObjectRun(sources, compiler, options, store).run(diagnostics);
}

std::optional<CpuLibrary> build_cpu_library(const std::vector<CpuSource>& sources,
                                            const std::string& file_name,
                                            const HostCompiler& compiler,
                                            const CpuCompileOptions& options,
                                            const BlobStore& store, Diagnostics& diagnostics) {
  std::vector<std::string> parts = joined({compiler.identity}, link_flags(file_name));
  for (const BlobKey& key : object_keys(sources, compiler, options)) {
    parts.push_back(key.digest);
  }
  const BlobKey key = blob_key("library", parts);
  CpuLibrary library;
  if (auto found = store.find(key)) {
    library.bytes = std::move(*found);
    library.from_cache = true;
    return library;
  }
  auto start = Clock::now();
  auto objects = compile_objects(sources, compiler, options, store, diagnostics);
  if (!objects) return std::nullopt;
  library.compile_seconds = seconds_since(start);
  start = Clock::now();
  auto bytes = link(objects->bytes, file_name, compiler, link_flags(file_name),
                    {"-lm", "-lc", "-lgcc"}, diagnostics);
  if (!bytes) return std::nullopt;
  library.link_seconds = seconds_since(start);
  library.bytes = std::move(*bytes);
  library.warnings = std::move(objects->warnings);
  library.objects_from_cache = objects->from_cache;
  store.keep(key, library.bytes);
  return library;
}

std::optional<std::string> build_cpu_object(const std::vector<CpuSource>& sources,
                                            const std::string& file_name,
                                            const HostCompiler& compiler,
                                            const CpuCompileOptions& options,
                                            const BlobStore& store, Diagnostics& diagnostics) {
  const auto objects = compile_objects(sources, compiler, options, store, diagnostics);
  if (!objects) return std::nullopt;
  return link(objects->bytes, file_name, compiler, {"-r", "-nostdlib"}, {}, diagnostics);
}

}  // namespace tgc
