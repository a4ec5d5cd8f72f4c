// A service whose setup does what a flag says: succeeds, fails, throws, or waits for a file.

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>

#include "seam/host/serve_main.h"

namespace {

using seam::config::Text;
using seam::config::Word;

void WaitFor(const std::string& file) {
  while (!std::filesystem::exists(file)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

}  // namespace

int main(int argc, char** argv) {
  return seam::ServeMain(
      argc, argv,
      {.name = "moody",
       .summary = {},
       .options = {{.path = "mood",
                    .type = Word{"well", {"well", "failing", "throwing", "throwing-a-number"}},
                    .description = "What setup does."},
                   {.path = "wait_for",
                    .type = Text{},
                    .description = "A file that setup waits for first; none when empty."}},
       .rules = {}},
      [](seam::Host& host) -> seam::Result<void> {
        const std::string file = host.configuration().GetText("wait_for");
        if (!file.empty()) {
          host.log().Info("waiting");
          WaitFor(file);
        }
        const std::string mood = host.configuration().GetText("mood");
        if (mood == "failing") {
          return seam::Fail(seam::Code::kFailedPrecondition, "BAD_MOOD", "the mood is bad");
        }
        if (mood == "throwing") throw std::runtime_error("the mood is worse");
        if (mood == "throwing-a-number") throw 7;
        return {};
      });
}
