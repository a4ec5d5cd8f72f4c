// Walks through a customer's journey in a running shop and shows each request and answer.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "demo/journey.h"
#include "seam/core/uuid.h"

namespace {

using shop::demo::Exchange;

// For people: what, the request, the answer.
void Show(const Exchange& exchange, bool in_colour) {
  const bool good = exchange.complaint.empty();
  const char* const colour = !in_colour ? "" : good ? "\033[32m" : "\033[31m";
  const char* const plain = in_colour ? "\033[0m" : "";
  std::printf("%s%s%s %s\n", colour, good ? "ok  " : "BAD ", plain, exchange.what.c_str());
  std::printf("     %s %s %s\n", exchange.method.c_str(), exchange.path.c_str(),
              exchange.request_body.c_str());
  std::printf("     %d %s\n", exchange.status, shop::demo::Normalised(exchange.body).c_str());
  if (!good) std::printf("     %s\n", exchange.complaint.c_str());
}

void ShowAsJson(const Exchange& exchange) {
  const nlohmann::ordered_json line = {
      {"what", exchange.what},          {"method", exchange.method},
      {"path", exchange.path},          {"request", exchange.request_body},
      {"status", exchange.status},      {"answer", shop::demo::Normalised(exchange.body)},
      {"complaint", exchange.complaint}};
  std::printf("%s\n", line.dump().c_str());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Walks through a customer's journey in the shop that runs on this machine.");
  int port = 8080;
  bool as_json = false;
  app.add_option("--port", port, "The shop's port.")->check(CLI::Range(1, 65535));
  app.add_flag("--json", as_json, "One line of JSON for each request.");
  CLI11_PARSE(app, argc, argv);

  const bool in_colour = ::isatty(STDOUT_FILENO) == 1;
  int count = 0;
  bool answered = false;
  const bool good = shop::demo::WalkThroughShop(port, seam::NewUuidV7(), [&](const Exchange& e) {
    ++count;
    answered = answered || e.status != 0;
    if (!answered) return;  // There is no shop, which is all there is to say.
    as_json ? ShowAsJson(e) : Show(e, in_colour);
  });
  if (good && !as_json) std::printf("\nAll %d answers are as they should be.\n", count);
  if (!good && !answered) {
    std::fprintf(stderr,
                 "shop-demo: no shop answers on port %d; start it with `make run PORT=%d`\n", port,
                 port);
  } else if (!good) {
    std::fprintf(stderr, "shop-demo: the last answer above is not as it should be\n");
  }
  return good ? 0 : 1;
}
