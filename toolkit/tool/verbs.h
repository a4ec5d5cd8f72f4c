#ifndef SEAM_TOOL_VERBS_H_
#define SEAM_TOOL_VERBS_H_

#include <CLI/App.hpp>

namespace seam::tool {

// Each adds its verb to the program, and leaves the program's exit code in `exit_code` when it was
// the verb that was asked for: 0 for yes, 1 for no, 2 when the question could not be answered.
// `exit_code` must live until the arguments were parsed.

// `seam check`: whether the modules of a project use each other as its rules say.
void AddCheck(CLI::App& app, int& exit_code);

// `seam contracts`: whether the protos may replace those that were released.
void AddContracts(CLI::App& app, int& exit_code);

// `seam diverge`: whether a module looks the same wherever it runs.
void AddDiverge(CLI::App& app, int& exit_code);

// `seam events`: what waits and what is parked in a module's outbox and inbox.
void AddEvents(CLI::App& app, int& exit_code);

// `seam graph`: who uses whom in a project.
void AddGraph(CLI::App& app, int& exit_code);

// `seam rank`: which module of a project to take out first.
void AddRank(CLI::App& app, int& exit_code);

}  // namespace seam::tool

#endif  // SEAM_TOOL_VERBS_H_
