// SPDX-License-Identifier: Apache-2.0
// tgc: the command. Each subcommand has a file of its own; this is the table of them.
#include "tgc/subcommand.h"

int main(int argc, char** argv) {
  const std::vector<tgc::Subcommand> table = {
      {"compile", "Compile a graph file to a bundle", tgc::declare_compile},
      {"check", "Check a graph file and report all its mistakes", tgc::declare_check},
      {"run", "Run or train a function of a bundle", tgc::declare_run},
      {"inspect", "Show what is in a bundle", tgc::declare_inspect},
      {"passes", "List Theano's rewrites and what tgc does with each", tgc::declare_passes},
      {"ops", "List the ops, or describe one", tgc::declare_ops},
      {"flags", "List Theano's flags, their values and where these come from", tgc::declare_flags},
      {"explain", "Explain a diagnostic's code, or what the passes did to a node",
       tgc::declare_explain},
      {"bisect", "Find the rewrite that breaks a result", tgc::declare_bisect},
      {"reduce", "Cut a graph file down while it keeps failing", tgc::declare_reduce},
      {"diff", "Tell what differs between two bundles", tgc::declare_diff},
      {"doctor", "Tell what this machine can compile for and run", tgc::declare_doctor},
      {"cache", "Show, verify or empty the compile cache", tgc::declare_cache},
  };
  return tgc::run_command_line(table, {argv + 1, argv + argc}, tgc::process_environment());
}
