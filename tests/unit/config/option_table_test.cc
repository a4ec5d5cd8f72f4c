#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sample_table.h"
#include "seam/config/config.h"

namespace seam::config {
namespace {

using nlohmann::json;

TEST(SchemaTest, DescribesEveryOptionAndRefusesOthers) {
  const json schema = json::parse(SampleTable().Schema());
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(schema["additionalProperties"], false);
  EXPECT_EQ(schema["properties"]["$schema"]["type"], "string");

  const json& http = schema["properties"]["http"];
  EXPECT_EQ(http["type"], "object");
  EXPECT_EQ(http["additionalProperties"], false);
  EXPECT_EQ(http["properties"]["port"], json({{"description", "The TCP port."},
                                              {"type", "integer"},
                                              {"minimum", 1},
                                              {"maximum", 65535},
                                              {"default", 8080}}));

  const json& products = schema["properties"]["modules"]["properties"]["products"]["properties"];
  EXPECT_EQ(products["binding"]["enum"], json({"in-process", "grpc"}));
  EXPECT_EQ(products["deadline_ms"]["description"], "How long a call may take. In milliseconds.");
  EXPECT_FALSE(products["deadline_ms"].contains("maximum"));
  EXPECT_EQ(schema["properties"]["sample_data"]["type"], "boolean");
  EXPECT_EQ(schema["properties"]["token"]["type"], "string");
}

OptionTable With(std::vector<Option> options, std::vector<Rule> rules = {}) {
  return OptionTable({.name = "sample", .environment_prefix = "SAMPLE"}, std::move(options),
                     std::move(rules));
}

TEST(OptionTableDeathTest, AWrongTableAborts) {
  const auto text = [](const std::string& path, const std::string& alias = "") {
    return Option{.path = path, .type = Text{}, .description = "Text.", .alias = alias};
  };
  EXPECT_DEATH(With({text("a"), text("a")}), "a: another option has the name");
  EXPECT_DEATH(With({text("a.b"), text("a")}), "a: an option cannot hold other options");
  EXPECT_DEATH(With({text("a.b"), text("a_b")}), "a_b: another option has the same environment");
  EXPECT_DEATH(With({text("a", "x"), text("b", "x")}), "x: another flag has the name");
  EXPECT_DEATH(With({text("a", "help")}), "help: another flag has the name");
  EXPECT_DEATH(With({text("config")}), "config: another option has the name");
  EXPECT_DEATH(With({text("A")}), "A: not a path of lower-case words");
  EXPECT_DEATH(With({text("a..b")}), "a..b: not a path of lower-case words");
  EXPECT_DEATH(With({text("a", "X")}), "X: not an alias");
  EXPECT_DEATH(With({{.path = "a", .type = Text{}}}), "a: it has no description");
  EXPECT_DEATH(With({{.path = "a",
                      .type = Integer{.value = 0, .minimum = 1, .maximum = 2},
                      .description = "A number."}}),
               "a: its default is out of its range");
  EXPECT_DEATH(With({{.path = "a", .type = Word{"c", {"a", "b"}}, .description = "A word."}}),
               "a: its default is out of its range");
  EXPECT_DEATH(
      With({text("a")}, {{.path = "b", .complaint = [](const Configuration&) { return ""; }}}),
      "b: a rule blames an option that is not there");
}

}  // namespace
}  // namespace seam::config
