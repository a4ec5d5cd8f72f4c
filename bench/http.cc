// The HTTP face against nginx, which gives out a file with the same bytes. wrk asks both.

#include <httplib.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

#include "seam/testing/process.h"
#include "seam/testing/temporary_folder.h"
#include "shop_process.h"
#include "suites.h"

namespace bench {
namespace {

constexpr char kProduct[] = "/products/01900000-0000-7000-8000-000000000001";

// The time a request takes by the clock, in nanoseconds.
double AskWithWrk(int port, int connections, bool quick) {
  seam::testing::Process wrk({"/usr/bin/wrk", "--threads", "1", "--connections",
                              std::to_string(connections), "--duration", quick ? "1s" : "3s",
                              "http://127.0.0.1:" + std::to_string(port) + kProduct});
  const auto code = wrk.Wait(std::chrono::seconds(60));
  const std::string said = wrk.output();
  std::smatch rate;
  if (code != 0 || !std::regex_search(said, rate, std::regex("Requests/sec: +([0-9.]+)"))) {
    GiveUp("wrk: " + said);
  }
  if (said.find("Non-2xx") != std::string::npos) GiveUp("wrk was refused: " + said);
  return 1e9 / std::stod(rate[1]);
}

}  // namespace

void BenchHttp(Report& report) {
  report.progress("HTTP against nginx");
  shop::e2e::ShopProcess shop(
      {}, {"--data.samples", "--log.level", "warning", "--http.threads", "300"});
  if (!shop.WaitUntilReady()) GiveUp("the shop does not start");
  const auto answer = httplib::Client("127.0.0.1", shop.port()).Get(kProduct);
  if (!answer || answer->status != 200) GiveUp("the shop does not answer");

  const seam::testing::TemporaryFolder folder;
  const int port = seam::testing::FreePort();
  std::filesystem::create_directories(folder / "files/products");
  std::ofstream(folder / ("files" + std::string(kProduct))) << answer->body;
  std::ofstream(folder / "nginx.conf")
      // As root nginx would read the folder as another user, who may not.
      << (geteuid() == 0 ? "user root; " : "") << "daemon off; worker_processes auto; pid "
      << (folder / "pid")
      << "; error_log stderr crit;\n"
         "events { worker_connections 1024; }\n"
         "http {\n"
         "  access_log off; default_type application/json; keepalive_requests 1000000000;\n"
         "  client_body_temp_path "
      << (folder / "body") << "; proxy_temp_path " << (folder / "proxy") << "; fastcgi_temp_path "
      << (folder / "fastcgi") << "; uwsgi_temp_path " << (folder / "uwsgi") << "; scgi_temp_path "
      << (folder / "scgi") << ";\n  server { listen 127.0.0.1:" << port << "; root "
      << (folder / "files") << "; }\n}\n";
  seam::testing::Process nginx(
      {"/usr/sbin/nginx", "-e", "stderr", "-p", folder.path(), "-c", folder / "nginx.conf"});
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  httplib::Result file{nullptr, httplib::Error::Unknown};
  do {
    file = httplib::Client("127.0.0.1", port).Get(kProduct);
  } while (!file && std::chrono::steady_clock::now() < deadline);
  if (!file || file->status != 200 || file->body != answer->body) {
    GiveUp("nginx does not give out the file (" +
           (file ? std::to_string(file->status) : "no answer") + "): " + nginx.output());
  }

  const int rounds = report.quick ? 1 : 3;
  for (const int connections : {16, 64, 256}) {
    double ours = 1e18;
    double theirs = 1e18;
    // The best of the rounds: whatever disturbs one makes it slower.
    for (int round = 0; round < rounds; ++round) {
      ours = std::min(ours, AskWithWrk(shop.port(), connections, report.quick));
      theirs = std::min(theirs, AskWithWrk(port, connections, report.quick));
    }
    report.rows.push_back({"http",
                           "GET /products/{id}, " + std::to_string(connections) + " connections",
                           "nginx: a file of the same size", ours, theirs, std::nullopt, rounds});
  }
  // By itself, with its workers, which would outlive a kill.
  nginx.Signal(SIGTERM);
  (void)nginx.Wait();
}

}  // namespace bench
