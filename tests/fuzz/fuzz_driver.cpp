// SPDX-License-Identifier: Apache-2.0
// A mutation fuzzer that needs no libFuzzer: mutates files of a corpus and feeds them to
// LLVMFuzzerTestOneInput, in a child process, until the time is over.
//   fuzz_NAME [--seconds N] [--seed N] [--keep FOLDER] FILE-or-FOLDER…   runs the corpus, then
//   mutates
// An input that crashes, takes longer than 20 s or more than 2 GB is a finding: it is written to
// FOLDER (default: the current one) as crash-<seed>-<number> and the exit code is 1.
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
// Words worth inserting, by target; may be empty.
const std::vector<std::string>& fuzz_words();
// Of binary formats: bytes are mostly overwritten, since what is moved is nonsense at once.
extern const bool fuzz_keeps_length;

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr unsigned kSecondsPerInput = 20;
constexpr long kMostKilobytes = 2 * 1024 * 1024;
constexpr int kInputsPerChild = 2000;
constexpr size_t kLongestInput = size_t{1} << 16;

struct Settings {
  int seconds = 60;
  uint64_t seed = 1;
  std::string keep = ".";
  std::vector<std::string> corpus;
};

std::vector<std::string> read_corpus(const Settings& settings) {
  std::vector<fs::path> paths;
  for (const std::string& entry : settings.corpus) {
    if (!fs::is_directory(entry)) paths.emplace_back(entry);
    if (!fs::is_directory(entry)) continue;
    for (const auto& file : fs::recursive_directory_iterator(entry)) {
      if (file.is_regular_file()) paths.push_back(file.path());
    }
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> corpus;
  for (const fs::path& path : paths) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    corpus.push_back(bytes.str());
  }
  return corpus;
}

class Mutator {
 public:
  Mutator(const std::vector<std::string>& corpus, uint64_t seed) : corpus_(corpus), random_(seed) {}

  std::string next() {
    std::string text = pick(corpus_);
    const size_t count = 1 + below(4);
    for (size_t i = 0; i < count; ++i) mutate(text);
    if (text.size() > kLongestInput) text.resize(kLongestInput);
    return text;
  }

 private:
  size_t below(size_t limit) { return limit == 0 ? 0 : random_() % limit; }
  const std::string& pick(const std::vector<std::string>& list) { return list[below(list.size())]; }

  void mutate(std::string& text) {
    if (fuzz_keeps_length && below(16) != 0) return overwrite(text);
    const size_t at = below(text.size() + 1);
    const size_t length = std::min(below(64) + 1, text.size() - at);
    switch (below(8)) {
      case 0:
        if (at < text.size()) text[at] = static_cast<char>(random_());
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, text.substr(at, length));
        break;
      case 3: {
        const std::string& other = pick(corpus_);
        const size_t from = below(other.size() + 1);
        text.insert(at, other.substr(from, below(200)));
        break;
      }
      case 4:
        if (!fuzz_words().empty()) text.replace(at, length, pick(fuzz_words()));
        break;
      case 5:
        if (!fuzz_words().empty()) text.insert(at, pick(fuzz_words()));
        break;
      case 6:
        replace_word(text, at);
        break;
      default: {  // the same text many times
        const std::string part = text.substr(at, length);
        for (size_t i = below(100); i > 0; --i) text.insert(at, part);
        break;
      }
    }
  }

  // A word, or some bytes of the same kind of file, mostly where a number may begin.
  void overwrite(std::string& text) {
    const std::string& word =
        below(4) == 0 || fuzz_words().empty() ? pick(corpus_) : pick(fuzz_words());
    const size_t from = word.size() <= 8 ? 0 : below(word.size() / 4) * 4;
    size_t at = below(text.size() + 1);
    if (below(4) != 0) at = at / 4 * 4;
    const size_t length = std::min({word.size() - from, text.size() - at, size_t{8}});
    text.replace(at, length, word, from, length);
  }

  // A quoted word or a number becomes another one of the file or of the list.
  void replace_word(std::string& text, size_t at) {
    const size_t begin = text.find_first_of("\"0123456789", at);
    if (begin == std::string::npos) return;
    const bool quoted = text[begin] == '"';
    size_t end = quoted ? text.find('"', begin + 1) : text.find_first_not_of("0123456789.", begin);
    if (end == std::string::npos) return;
    if (quoted) ++end;
    const size_t other = text.find('"', below(text.size()));
    const size_t other_end = other == std::string::npos ? other : text.find('"', other + 1);
    const bool own = other_end != std::string::npos && below(2) == 0;
    const std::string word = own ? text.substr(other, other_end + 1 - other)
                                 : (fuzz_words().empty() ? "" : pick(fuzz_words()));
    text.replace(begin, end - begin, word);
  }

  const std::vector<std::string>& corpus_;
  std::mt19937_64 random_;
};

// In the child: runs `count` inputs, the number of the current one in `progress`.
[[noreturn]] void run_child(const std::vector<std::string>& inputs, int progress) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    const auto number = static_cast<uint32_t>(i);
    if (pwrite(progress, &number, sizeof number, 0) != sizeof number) _exit(3);
    alarm(kSecondsPerInput);
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(inputs[i].data()), inputs[i].size());
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    if (usage.ru_maxrss > kMostKilobytes) {
      std::cerr << "fuzz: memory use of " << usage.ru_maxrss / 1024 << " MB\n";
      _exit(4);
    }
  }
  _exit(0);
}

// True when all inputs did well; otherwise the bad one is kept.
bool run_inputs(const std::vector<std::string>& inputs, const Settings& settings, int round) {
  std::FILE* progress = std::tmpfile();
  if (progress == nullptr) return false;
  const pid_t child = fork();
  if (child == 0) run_child(inputs, fileno(progress));
  int status = 0;
  waitpid(child, &status, 0);
  uint32_t number = 0;
  const bool told = pread(fileno(progress), &number, sizeof number, 0) == sizeof number;
  std::fclose(progress);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
  const std::string path = settings.keep + "/crash-" + std::to_string(settings.seed) + "-" +
                           std::to_string(round) + "-" + std::to_string(number);
  if (told) std::ofstream(path, std::ios::binary) << inputs[number];
  std::cerr << "fuzz: " << (WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "a failure")
            << " on input " << path << "\n";
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  for (size_t i = 0; i < arguments.size(); ++i) {
    const bool has_value = i + 1 < arguments.size();
    if (arguments[i] == "--seconds" && has_value) {
      settings.seconds = std::stoi(arguments[++i]);
    } else if (arguments[i] == "--seed" && has_value) {
      settings.seed = std::stoull(arguments[++i]);
    } else if (arguments[i] == "--keep" && has_value) {
      settings.keep = arguments[++i];
    } else {
      settings.corpus.push_back(arguments[i]);
    }
  }
  const std::vector<std::string> corpus = read_corpus(settings);
  if (corpus.empty()) {
    std::cerr << "usage: fuzz_NAME [--seconds N] [--seed N] [--keep FOLDER] FILE-or-FOLDER…\n";
    return 2;
  }
  if (!run_inputs(corpus, settings, 0)) return 1;
  Mutator mutator(corpus, settings.seed);
  const auto end = Clock::now() + std::chrono::seconds(settings.seconds);
  int64_t count = static_cast<int64_t>(corpus.size());
  for (int round = 1; Clock::now() < end; ++round) {
    std::vector<std::string> inputs;
    for (int i = 0; i < kInputsPerChild; ++i) inputs.push_back(mutator.next());
    if (!run_inputs(inputs, settings, round)) return 1;
    count += kInputsPerChild;
  }
  std::cout << "fuzz: " << count << " inputs, none did harm\n";
  return 0;
}
