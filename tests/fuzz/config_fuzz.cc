#include <unistd.h>

#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <variant>
#include <vector>

#include "app/configuration.h"
#include "auth/process.h"
#include "expect.h"
#include "orders/process.h"
#include "products/process.h"
#include "seam/config/config.h"
#include "users/process.h"

namespace shop::fuzz {
namespace {

using nlohmann::json;
using seam::config::Exit;
using seam::config::LoadResult;
using seam::config::OptionTable;

const OptionTable& TableOf(unsigned char byte) {
  static const std::array<OptionTable, 5> tables{app::ShopOptions(),
                                                 seam::ServiceOptions(auth::AuthProcess()),
                                                 seam::ServiceOptions(orders::OrdersProcess()),
                                                 seam::ServiceOptions(products::ProductsProcess()),
                                                 seam::ServiceOptions(users::UsersProcess())};
  return tables[byte % tables.size()];
}

// The file's values in force, by path; null when it was refused. Secrets have none.
json Print(const OptionTable& table, const std::string& file, std::string_view text,
           std::string& refusal) {
  std::ofstream(file, std::ios::binary) << text;
  const std::array<const char*, 5> arguments{"program", "--config", file.c_str(), "--print-config",
                                             "--json"};
  const LoadResult loaded = Load(table, arguments.size(), arguments.data(), {});
  ::unlink(file.c_str());
  const auto& exit = std::get<Exit>(loaded);
  if (exit.code != 0) {
    Expect(exit.code == 2 && exit.output.empty(), "code " + std::to_string(exit.code));
    refusal = exit.error;
    return nullptr;
  }
  Expect(exit.error.empty(), "accepted with a complaint: " + exit.error);
  const json listing = json::parse(exit.output, nullptr, false);
  Expect(listing.is_object(), "the listing is no JSON: " + exit.output);
  json values;
  for (const auto& [path, setting] : listing.items()) {
    if (setting.contains("value")) values[path] = setting["value"];
  }
  return values;
}

// Each line says where the fault is: a place in the file, or an option by its path.
void ExpectPlaces(const OptionTable& table, const std::string& file, std::string_view refusal) {
  Expect(!refusal.empty() && refusal.back() == '\n', "no whole line");
  while (!refusal.empty()) {
    const std::string line(refusal.substr(0, refusal.find('\n')));
    refusal.remove_prefix(line.size() + 1);
    const std::string begin = table.program().name + ": ";
    Expect(line.rfind(begin, 0) == 0, "a line of nobody: " + line);
    bool names = line.find(file + ":") == begin.size();
    for (const auto& option : table.options()) {
      names = names || line.find(option.path + ":") == begin.size();
    }
    Expect(names, "it is not told where: " + line);
    Expect(line.size() > begin.size() + 5, "it is not told what: " + line);
  }
}

// The file that sets each of these values.
json FileOf(const json& values) {
  json file = json::object();
  for (const auto& [path, value] : values.items()) {
    std::string pointer = "/" + path;
    for (char& c : pointer) c = c == '.' ? '/' : c;
    file[json::json_pointer(pointer)] = value;
  }
  return file;
}

}  // namespace

void TryConfig(std::string_view input) {
  static const std::string file = "/tmp/fuzzed-config-" + std::to_string(::getpid()) + ".json";
  if (input.empty()) return;
  const OptionTable& table = TableOf(static_cast<unsigned char>(input[0]));
  std::string refusal;
  const json values = Print(table, file, input.substr(1), refusal);
  if (IsTwin() && refusal.find("control character") != std::string::npos) refusal.clear();
  if (values.is_null()) return ExpectPlaces(table, file, refusal);
  const json again = Print(table, file, FileOf(values).dump(), refusal);
  Expect(again == values, "what was accepted gives something else: " + refusal + again.dump());
}

}  // namespace shop::fuzz
