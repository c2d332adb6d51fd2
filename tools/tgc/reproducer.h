// SPDX-License-Identifier: Apache-2.0
// What is left behind when tgc itself is wrong (exit code 4): a folder from which somebody else can
// make it happen again.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "support/environment.h"

namespace tgc {

struct Reproducer {
  std::vector<std::string> arguments;  // without the program's name
  std::vector<std::string> inputs;     // files that were read, as the arguments name them
  std::string message;                 // of the failed check
  EnvironmentLookup environment;
};

// Makes $TMPDIR/tgc-error-XXXXXX with message.txt, the inputs and the weights that graph files
// among them name below files/, the files and variables that flags come from, and run.sh, which
// starts the same command on these copies. The folder's path, or nothing where it cannot be made.
std::optional<std::string> write_reproducer(const Reproducer& reproducer);

}  // namespace tgc
