// seam VERB ...: what Seam can tell of contracts and modules from the command line.

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "tool/verbs.h"

int main(int argc, char** argv) {
  CLI::App app("Takes a C++ monolith apart one module at a time.", "seam");
  app.require_subcommand(1);
  int exit_code = 0;
  seam::tool::AddContracts(app, exit_code);
  seam::tool::AddDiverge(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return exit_code;
}
