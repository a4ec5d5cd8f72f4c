// seam VERB ...: what Seam can tell of contracts and modules from the command line.

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <csignal>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "tool/verbs.h"

namespace {

constexpr int kCannotTell = 2;

// Whoever reads the output may have gone, and a disk may be full: an answer that nobody got is
// none.
int AfterPrinting(int exit_code) {
  std::cout.flush();
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && std::cout) return exit_code;
  std::fputs("seam: the output could not be written; look at where it goes\n", stderr);
  return kCannotTell;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // Writing fails then, and the verb ends in good order.
  CLI::App app("Takes a C++ monolith apart one module at a time.", "seam");
  app.require_subcommand(1);
  int exit_code = 0;
  seam::tool::AddCheck(app, exit_code);
  seam::tool::AddContracts(app, exit_code);
  seam::tool::AddDiverge(app, exit_code);
  seam::tool::AddEvents(app, exit_code);
  seam::tool::AddGraph(app, exit_code);
  seam::tool::AddRank(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const std::vector<std::string> unknown = app.remaining();
    if (app.get_subcommands().empty() && !unknown.empty()) {
      std::fprintf(stderr, "seam: there is no verb '%s'; seam --help lists them\n",
                   unknown.front().c_str());
      return kCannotTell;
    }
    return AfterPrinting(app.exit(error) == 0 ? 0 : kCannotTell);
  }
  return AfterPrinting(exit_code);
}
