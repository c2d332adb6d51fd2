// SPDX-License-Identifier: Apache-2.0
// golden_runner: runs golden cases (golden_case.h) and compares what they print, byte by byte.
//   golden_runner --tgc PATH --source ROOT --version TEXT [--lacks FEATURE] FILE-or-FOLDER…
// Each case runs in a fresh folder that is also its HOME, without any TGC_* or *_FLAGS variable and
// with LC_ALL=C. In what is printed that folder, the source folder and the version become {dir},
// {source} and {version}; nothing else is changed. TGC_UPDATE_GOLDENS=1 rewrites the cases.
// Exit codes: 0 all as expected · 1 not so · 2 usage · 77 every case was skipped.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>

#include "helpers/golden/golden_case.h"

namespace fs = std::filesystem;
using namespace tgc::golden;

namespace {

constexpr int kMaxExpectedLines = 80;

struct Settings {
  std::string tgc;
  std::string source;
  std::string version;
  std::string runner;
  std::set<std::string> lacks;
  bool update = false;
  std::vector<fs::path> paths;
};

struct Counts {
  int passed = 0;
  int failed = 0;
  int skipped = 0;
  int updated = 0;
};

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool write_file(const fs::path& path, const std::string& content) {
  if (path.has_parent_path()) fs::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file << content;
  return file.good();
}

// The version may stand inside a longer number such as 10.1.0, which is something else.
std::string replace_version(const std::string& text, const std::string& version) {
  if (version.empty()) return text;
  const auto part_of_number = [](char c) {
    return c == '.' || std::isdigit(static_cast<unsigned char>(c));
  };
  std::string result;
  size_t at = 0;
  for (size_t hit; (hit = text.find(version, at)) != std::string::npos;) {
    const size_t end = hit + version.size();
    const bool longer = (hit > 0 && part_of_number(text[hit - 1])) ||
                        (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end])));
    result += text.substr(at, hit - at) + (longer ? version : "{version}");
    at = end;
  }
  return result + text.substr(at);
}

// In the child process: the surroundings every case sees, whatever the caller's are.
void set_environment(const std::string& folder) {
  std::vector<std::string> unwanted = {
      "THEANO_FLAGS", "AESARA_FLAGS", "PYTENSOR_FLAGS", "THEANORC",       "AESARARC",
      "PYTENSORRC",   "COLUMNS",      "NO_COLOR",       "CLICOLOR_FORCE", "CUDA_VISIBLE_DEVICES"};
  for (char** entry = environ; *entry; ++entry) {
    const std::string name = std::string(*entry).substr(0, std::string(*entry).find('='));
    if (name.rfind("TGC_", 0) == 0 && name != "TGC_CUDA_PATH") unwanted.push_back(name);
  }
  for (const std::string& name : unwanted) unsetenv(name.c_str());
  setenv("HOME", folder.c_str(), 1);
  setenv("XDG_CACHE_HOME", (folder + "/.cache").c_str(), 1);
  setenv("LC_ALL", "C", 1);
}

// Runs one shell command in `folder`, appending to the two capture files; its exit code, or 128 and
// the signal's number.
int run_command(const std::string& command, const std::string& folder, const fs::path& capture) {
  std::cout.flush();
  const pid_t child = fork();
  if (child == 0) {
    const int flags = O_WRONLY | O_CREAT | O_APPEND;
    dup2(open("/dev/null", O_RDONLY), 0);
    dup2(open((capture / "stdout").c_str(), flags, 0600), 1);
    dup2(open((capture / "stderr").c_str(), flags, 0600), 2);
    set_environment(folder);
    if (chdir(folder.c_str()) != 0) _exit(127);
    execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return 127;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::string with_paths(std::string command, const Settings& settings, const std::string& folder) {
  command = replace_all(command, "{tgc}", settings.tgc);
  command = replace_all(command, "{source}", settings.source);
  command = replace_all(command, "{runner}", settings.runner);
  return replace_all(command, "{dir}", folder);
}

Outcome run_case(const Case& test, const Settings& settings) {
  std::string work = (fs::temp_directory_path() / "tgc-golden-XXXXXX").string();
  if (!mkdtemp(work.data())) return {"", "golden_runner: cannot make a temporary folder\n", 127};
  const std::string folder = fs::canonical(work).string() + "/case";
  fs::create_directory(folder);
  for (const auto& [name, content] : test.inputs) write_file(fs::path(folder) / name, content);

  Outcome outcome;
  for (const std::string& command : test.commands) {
    outcome.exit_code = run_command(with_paths(command, settings, folder), folder, work);
    if (outcome.exit_code != 0) break;
  }
  const auto captured = [&](const char* name) {
    std::string text = read_file(fs::path(work) / name);
    text = replace_all(text, folder, "{dir}");
    text = replace_all(text, settings.source, "{source}");
    return replace_version(text, settings.version);
  };
  outcome.standard_output = captured("stdout");
  outcome.standard_error = captured("stderr");
  fs::remove_all(work);
  return outcome;
}

// Compares or rewrites; false if the case failed.
bool settle(const fs::path& path, const Case& test, const Outcome& outcome,
            const Settings& settings, Counts& counts) {
  const std::string actual = outcome_text(outcome);
  const auto lines = std::count(actual.begin(), actual.end(), '\n');
  if (lines > kMaxExpectedLines) {
    std::cout << "FAILED " << path.string() << ": prints " << lines << " lines; a case that can be "
              << "reviewed has at most " << kMaxExpectedLines << "\n";
    return false;
  }
  if (outcome == test.expected) return true;
  if (settings.update) {
    std::cout << "updated " << path.string() << "\n";
    ++counts.updated;
    return write_file(path, test.head + actual);
  }
  std::cout << "FAILED " << path.string() << "\n";
  for (const std::string& command : test.commands) std::cout << "  run: " << command << "\n";
  std::cout << line_diff(outcome_text(test.expected), actual);
  return false;
}

void run_file(const fs::path& path, const Settings& settings, Counts& counts) {
  std::string error;
  const std::optional<Case> test = parse_case(read_file(path), error);
  if (!test) {
    std::cout << "FAILED " << path.string() << ": " << error << "\n";
    ++counts.failed;
    return;
  }
  std::vector<std::string> needs = test->needs;
  for (const std::string& command : test->commands) {
    if (command.find("{tgc}") != std::string::npos) needs.push_back("tgc");
  }
  for (const std::string& need : needs) {
    if (settings.lacks.count(need)) {
      std::cout << "skipped: " << path.string() << ": needs " << need << "\n";
      ++counts.skipped;
      return;
    }
  }
  const bool good = settle(path, *test, run_case(*test, settings), settings, counts);
  ++(good ? counts.passed : counts.failed);
}

// All case files, folders searched to any depth, in the order of their names.
std::vector<fs::path> case_files(const std::vector<fs::path>& paths) {
  std::vector<fs::path> files;
  for (const fs::path& path : paths) {
    if (!fs::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    for (const auto& entry : fs::recursive_directory_iterator(path)) {
      if (entry.is_regular_file() && entry.path().extension() == ".txt" &&
          entry.path().filename() != "CMakeLists.txt") {
        files.push_back(entry.path());
      }
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::optional<Settings> read_arguments(int argc, char** argv) {
  Settings settings;
  settings.runner = fs::canonical("/proc/self/exe").string();
  const char* update = std::getenv("TGC_UPDATE_GOLDENS");
  settings.update = update && std::string(update) == "1";
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument.rfind("--", 0) != 0) {
      settings.paths.emplace_back(argument);
      continue;
    }
    if (++i == argc) return std::nullopt;
    if (argument == "--tgc") {
      settings.tgc = argv[i];
    } else if (argument == "--source") {
      settings.source = argv[i];
    } else if (argument == "--version") {
      settings.version = argv[i];
    } else if (argument == "--lacks") {
      settings.lacks.insert(argv[i]);
    } else {
      return std::nullopt;
    }
  }
  if (settings.paths.empty()) return std::nullopt;
  if (settings.tgc.empty()) settings.lacks.insert("tgc");
  return settings;
}

}  // namespace

int main(int argc, char** argv) {
  const std::optional<Settings> settings = read_arguments(argc, argv);
  if (!settings) {
    std::cerr << "usage: golden_runner [--tgc PATH] [--source ROOT] [--version TEXT] "
                 "[--lacks FEATURE] FILE-or-FOLDER...\n";
    return 2;
  }
  const std::vector<fs::path> files = case_files(settings->paths);
  Counts counts;
  for (const fs::path& file : files) run_file(file, *settings, counts);
  std::cout << counts.passed << " passed, " << counts.failed << " failed, " << counts.skipped
            << " skipped, " << counts.updated << " updated\n";
  if (files.empty()) {
    std::cout << "FAILED: no case found\n";
    return 1;
  }
  if (counts.failed > 0) {
    std::cout << "TGC_UPDATE_GOLDENS=1 rewrites cases whose new text is right.\n";
    return 1;
  }
  return counts.skipped > 0 && counts.passed == 0 ? 77 : 0;
}
