#ifndef SEAM_CONFIG_JSON_FILE_H_
#define SEAM_CONFIG_JSON_FILE_H_

#include <map>
#include <string>
#include <vector>

#include "seam/config/config.h"

namespace seam::config {

// Reads the JSON file `name` by the table. Puts what it sets into `settings`, and a line for each
// problem, "FILE:LINE:COLUMN: …", into `problems`. Lines and columns count from 1; a column is a
// character, not a byte. A value is reported where it begins.
void ReadJsonFile(const OptionTable& table, const std::string& name,
                  std::map<std::string, Configuration::Setting, std::less<>>& settings,
                  std::vector<std::string>& problems);

}  // namespace seam::config

#endif  // SEAM_CONFIG_JSON_FILE_H_
