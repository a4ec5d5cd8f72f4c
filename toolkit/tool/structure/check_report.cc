#include "tool/structure/check_report.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace seam::structure {
namespace {

using nlohmann::ordered_json;

std::string Counted(std::size_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

// A list in braces would be an object when its members look like pairs.
ordered_json List(ordered_json::initializer_list_t members) { return ordered_json::array(members); }

std::string Dump(const ordered_json& value) {
  return value.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string Described(const Accepted& entry) {
  return entry.rule + ": " + entry.from + " -> " + entry.to;
}

// An entry without a violation, as a violation of its own.
Violation StaleViolation(const CheckReport& report, const Accepted& entry) {
  Violation violation;
  violation.rule = "stale";
  violation.from = report.baseline_file;
  violation.to = Described(entry);
  violation.place = {report.baseline_file, entry.line};
  violation.what = "nothing breaks what is accepted here: " + Described(entry);
  violation.why = "an entry that stays behind would accept the same mistake when it comes back";
  violation.advice = "seam check --prune takes it out";
  return violation;
}

Violation GrowthViolation(const CheckReport& report, const Accepted& entry) {
  Violation violation;
  violation.rule = "growth";
  violation.from = report.baseline_file;
  violation.to = Described(entry);
  violation.place = {report.baseline_file, entry.line};
  violation.what = "the baseline has grown since " + report.against->revision + ": " +
                   Described(entry) + " (" + entry.owner + ": " + entry.reason + ")";
  violation.why = "a baseline that grows unasked is no promise";
  violation.advice = "mend what the entry accepts, or say why it may grow: --allow-growth REASON";
  return violation;
}

// All that makes the check fail.
std::vector<Violation> Refused(const CheckReport& report) {
  std::vector<Violation> refused = report.verdict.fresh;
  for (const Accepted& entry : report.verdict.stale) {
    refused.push_back(StaleViolation(report, entry));
  }
  if (report.against && !report.against->allowed) {
    for (const Accepted& entry : report.against->growth.added) {
      refused.push_back(GrowthViolation(report, entry));
    }
  }
  return refused;
}

std::string MoreLines(const Violation& violation) {
  constexpr std::size_t kMost = 10;
  const std::size_t count = violation.more_lines.size();
  if (count == 0) return "";
  std::string text = " (and " + std::to_string(count) + " more at line" + (count == 1 ? "" : "s");
  for (std::size_t i = 0; i < std::min(count, kMost); ++i) {
    text += (i == 0 ? " " : ", ") + std::to_string(violation.more_lines[i]);
  }
  return text + (count > kMost ? ", ...)" : ")");
}

std::string Paragraph(const Violation& violation) {
  std::string text = ToString(violation.place) + ": " + violation.rule + ": " + violation.what +
                     MoreLines(violation) + "\n";
  for (std::size_t i = 0; i < violation.chain.size(); ++i) {
    const Hop& hop = violation.chain[i];
    text += (i == 0 ? "  chain: " : "         ") + ToString(hop.place) + ": " + hop.what + "\n";
  }
  return text + "  why: " + violation.why + "\n  do: " + violation.advice + "\n";
}

ordered_json ToJson(const Violation& violation) {
  ordered_json chain = ordered_json::array();
  for (const Hop& hop : violation.chain) {
    chain.push_back({{"file", hop.place.file}, {"line", hop.place.line}, {"what", hop.what}});
  }
  return {{"rule", violation.rule},
          {"file", violation.place.file},
          {"line", violation.place.line},
          {"more_lines", violation.more_lines},
          {"from", violation.from},
          {"to", violation.to},
          {"from_module", violation.from_module},
          {"to_module", violation.to_module},
          {"what", violation.what},
          {"chain", std::move(chain)},
          {"why", violation.why},
          {"do", violation.advice}};
}

ordered_json ToJson(const Accepted& entry) {
  return {{"rule", entry.rule},
          {"from", entry.from},
          {"to", entry.to},
          {"owner", entry.owner},
          {"reason", entry.reason}};
}

// A path as a relative reference: https://www.rfc-editor.org/rfc/rfc3986#section-4.2
std::string Uri(std::string_view path) {
  constexpr std::string_view kPlain = "-._~/";
  constexpr std::array<char, 16> kDigits = {'0', '1', '2', '3', '4', '5', '6', '7',
                                            '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'};
  std::string uri;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       kPlain.find(c) != std::string_view::npos;
    if (plain) {
      uri += c;
    } else {
      uri += '%';
      uri += kDigits[byte >> 4U];
      uri += kDigits[byte & 15U];
    }
  }
  return uri;
}

// Of what does not change when code moves. http://www.isthe.com/chongo/tech/comp/fnv/
std::string LineHash(const Violation& violation) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : violation.rule + '\n' + violation.from + '\n' + violation.to) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(hash));
  return text.data();
}

ordered_json SarifLocation(const Place& place) {
  return {{"artifactLocation", {{"uri", Uri(place.file)}, {"uriBaseId", "%SRCROOT%"}}},
          {"region", {{"startLine", std::max(1, place.line)}}}};
}

ordered_json SarifRules() {
  ordered_json rules = ordered_json::array();
  const auto add = [&](std::string_view name, std::string_view refuses, const std::string& help) {
    rules.push_back({{"id", name},
                     {"name", name},
                     {"shortDescription", {{"text", refuses}}},
                     {"fullDescription", {{"text", refuses}}},
                     {"help", {{"text", help}, {"markdown", help}}},
                     {"defaultConfiguration", {{"level", "error"}}}});
  };
  for (const RuleHelp& help : RulesHelp()) {
    add(help.name, help.refuses,
        "Why: " + std::string(help.why) + "\n\nDo: " + std::string(help.advice));
  }
  return rules;
}

ordered_json SarifResult(const Violation& violation) {
  // Each rule of "never" is one and the same to a viewer: its name is in the message.
  const std::string rule = violation.rule.substr(0, violation.rule.find('/'));
  std::size_t index = 0;
  while (index < RulesHelp().size() && RulesHelp()[index].name != rule) ++index;
  ordered_json result = {
      {"ruleId", violation.rule},
      {"ruleIndex", index},
      {"level", "error"},
      {"message",
       {{"text", violation.what + MoreLines(violation) + ".\nWhy: " + violation.why +
                     ".\nDo: " + violation.advice + "."}}},
      {"locations", List({{{"physicalLocation", SarifLocation(violation.place)}}})},
      {"partialFingerprints", {{"primaryLocationLineHash", LineHash(violation)}}}};
  if (!violation.chain.empty()) {
    ordered_json steps = ordered_json::array();
    for (const Hop& hop : violation.chain) {
      steps.push_back(
          {{"location",
            {{"physicalLocation", SarifLocation(hop.place)}, {"message", {{"text", hop.what}}}}}});
    }
    const ordered_json thread = {{"locations", std::move(steps)}};
    const ordered_json flow = {{"threadFlows", List({thread})}};
    result["codeFlows"] = List({flow});
  }
  return result;
}

// https://docs.github.com/actions/reference/workflow-commands-for-github-actions
std::string Escaped(std::string_view text, bool property) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '%': escaped += "%25"; break;
      case '\r': escaped += "%0D"; break;
      case '\n': escaped += "%0A"; break;
      case ':': escaped += property ? "%3A" : ":"; break;
      case ',': escaped += property ? "%2C" : ","; break;
      default: escaped += c;
    }
  }
  return escaped;
}

}  // namespace

bool IsGood(const CheckReport& report) {
  const bool grew =
      report.against && !report.against->allowed && !report.against->growth.added.empty();
  return report.verdict.fresh.empty() && report.verdict.stale.empty() && !grew;
}

std::string CheckText(const CheckReport& report, bool all_unseen) {
  constexpr std::size_t kFirstUnseen = 3;
  std::string text;
  for (const Violation& violation : Refused(report)) text += Paragraph(violation);
  if (report.against) {
    const Growth& growth = report.against->growth;
    text += report.baseline_file + " since " + report.against->revision + ": " +
            std::to_string(growth.added.size()) + " added, " + std::to_string(growth.taken.size()) +
            " taken out" +
            (report.against->allowed && !growth.added.empty()
                 ? "; it may grow: " + *report.against->allowed
                 : "") +
            "\n";
    for (const Accepted& entry : growth.added) {
      text += "  + " + Described(entry) + " (" + entry.owner + ": " + entry.reason + ")\n";
    }
    for (const Accepted& entry : growth.taken) text += "  - " + Described(entry) + "\n";
  }
  const std::size_t fresh = report.verdict.fresh.size();
  const std::size_t stale = report.verdict.stale.size();
  text += Counted(report.files, "file", "files") + ", " + std::to_string(report.lines) +
          " lines, " + Counted(report.modules, "module", "modules") + " by " + report.rules_file +
          ": " + Counted(fresh, "violation", "violations");
  if (const std::size_t accepted = report.verdict.accepted.size(); accepted > 0) {
    text += ", " + std::to_string(accepted) + " accepted by " + report.baseline_file;
  }
  if (stale > 0) text += ", " + Counted(stale, "stale entry", "stale entries");
  if (report.verdict.unjudged > 0) {
    text += ", " + std::to_string(report.verdict.unjudged) +
            " accepted of a kind that was not looked for";
  }
  text += "\n";
  if (fresh > 0) {
    text +=
        "to accept what is new for now, with who answers for it: seam check --accept --owner WHO "
        "--reason WHY\n";
  }
  if (const std::size_t count = report.unseen.size(); count > 0) {
    text += "not seen: " + Counted(count, "thing", "things");
    if (count > kFirstUnseen && !all_unseen) text += "; --unseen lists all";
    text += "\n";
    for (std::size_t i = 0; i < count && (all_unseen || i < kFirstUnseen); ++i) {
      const Unseen& unseen = report.unseen[i];
      text += "  " + unseen.what + (unseen.mend.empty() ? "" : "; " + unseen.mend) + "\n";
    }
  }
  return text;
}

std::string CheckJson(const CheckReport& report) {
  ordered_json violations = ordered_json::array();
  for (const Violation& violation : report.verdict.fresh) violations.push_back(ToJson(violation));
  ordered_json accepted = ordered_json::array();
  for (std::size_t i = 0; i < report.verdict.accepted.size(); ++i) {
    ordered_json violation = ToJson(report.verdict.accepted[i]);
    violation["owner"] = report.verdict.by[i].owner;
    violation["reason"] = report.verdict.by[i].reason;
    accepted.push_back(std::move(violation));
  }
  ordered_json stale = ordered_json::array();
  for (const Accepted& entry : report.verdict.stale) {
    ordered_json object = ToJson(entry);
    object["line"] = entry.line;
    stale.push_back(std::move(object));
  }
  ordered_json unseen = ordered_json::array();
  for (const Unseen& each : report.unseen) {
    unseen.push_back({{"what", each.what}, {"mend", each.mend}});
  }
  ordered_json object = {{"good", IsGood(report)},
                         {"rules", report.rules_file},
                         {"baseline", report.baseline_file},
                         {"files", report.files},
                         {"lines", report.lines},
                         {"modules", report.modules},
                         {"violations", std::move(violations)},
                         {"accepted", std::move(accepted)},
                         {"stale", std::move(stale)},
                         {"unjudged", report.verdict.unjudged},
                         {"unseen", std::move(unseen)}};
  if (report.against) {
    ordered_json added = ordered_json::array();
    ordered_json taken = ordered_json::array();
    for (const Accepted& entry : report.against->growth.added) added.push_back(ToJson(entry));
    for (const Accepted& entry : report.against->growth.taken) taken.push_back(ToJson(entry));
    object["against"] = {{"revision", report.against->revision},
                         {"added", std::move(added)},
                         {"taken", std::move(taken)}};
    if (report.against->allowed) object["against"]["allowed"] = *report.against->allowed;
  }
  return Dump(object);
}

std::string CheckSarif(const CheckReport& report) {
  ordered_json results = ordered_json::array();
  for (const Violation& violation : Refused(report)) results.push_back(SarifResult(violation));
  for (std::size_t i = 0; i < report.verdict.accepted.size(); ++i) {
    ordered_json result = SarifResult(report.verdict.accepted[i]);
    const ordered_json suppression = {
        {"kind", "external"},
        {"status", "accepted"},
        {"justification", report.verdict.by[i].owner + ": " + report.verdict.by[i].reason}};
    result["suppressions"] = List({suppression});
    results.push_back(std::move(result));
  }
  ordered_json notes = ordered_json::array();
  for (const Unseen& unseen : report.unseen) {
    notes.push_back({{"level", "note"},
                     {"message",
                      {{"text", "not seen: " + unseen.what +
                                    (unseen.mend.empty() ? "" : "; " + unseen.mend)}}}});
  }
  const ordered_json root = {{"description", {{"text", "The project's root."}}}};
  const ordered_json invocation = {{"executionSuccessful", true},
                                   {"toolExecutionNotifications", std::move(notes)}};
  const ordered_json run = {
      {"tool", {{"driver", {{"name", "seam check"}, {"rules", SarifRules()}}}}},
      {"columnKind", "utf16CodeUnits"},
      {"originalUriBaseIds", {{"%SRCROOT%", root}}},
      {"invocations", List({invocation})},
      {"results", std::move(results)}};
  const ordered_json sarif = {{"$schema",
                               "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
                               "sarif-schema-2.1.0.json"},
                              {"version", "2.1.0"},
                              {"runs", List({run})}};
  return Dump(sarif);
}

std::string CheckGithub(const CheckReport& report) {
  std::string text;
  for (const Violation& violation : Refused(report)) {
    text += "::error file=" + Escaped(violation.place.file, true) +
            ",line=" + std::to_string(std::max(1, violation.place.line)) +
            ",title=" + Escaped("seam check: " + violation.rule, true) + "::";
    std::string message = violation.what + MoreLines(violation) + "\n";
    for (const Hop& hop : violation.chain) {
      message += "chain: " + ToString(hop.place) + ": " + hop.what + "\n";
    }
    message += "why: " + violation.why + "\ndo: " + violation.advice;
    text += Escaped(message, false) + "\n";
  }
  return text;
}

}  // namespace seam::structure
