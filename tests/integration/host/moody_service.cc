// A service whose setup does what a flag says: succeeds, fails, throws, or waits for a file.

#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "seam/host/serve_main.h"

namespace {

using seam::config::Text;
using seam::config::Word;

void WaitFor(const std::string& file) {
  while (!std::filesystem::exists(file)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

// Returns when the process is asked to stop.
seam::Result<void> WaitForTheEndOf(const seam::Context& context) {
  std::promise<void> ended;
  const auto registration = context.OnCancel([&] { ended.set_value(); });
  ended.get_future().wait();
  return seam::Forward(*context.Check());
}

// Says when it is destroyed.
struct Mortal {
  Mortal(seam::Log& the_log, std::string the_name) : log(the_log), name(std::move(the_name)) {}
  Mortal(const Mortal&) = delete;
  Mortal& operator=(const Mortal&) = delete;
  ~Mortal() { log.Info(name + " is gone"); }

  seam::Log& log;
  const std::string name;
};

class MortalServicer final : public seam::Servicer {
 public:
  explicit MortalServicer(Mortal&) {}
  [[nodiscard]] const seam::ServiceContract& contract() const noexcept override {
    static constexpr seam::ServiceContract kContract{"seam.test.v1.Mortal", nullptr, 0, nullptr};
    return kContract;
  }
  [[nodiscard]] seam::Result<seam::Buffer> Handle(std::size_t, const seam::Context&,
                                                  const seam::Buffer&) override {
    return seam::Buffer();
  }
};

}  // namespace

int main(int argc, char** argv) {
  return seam::ServeMain(
      argc, argv,
      {.name = "moody",
       .summary = {},
       .options = {{.path = "mood",
                    .type = Word{"well",
                                 {"well", "failing", "throwing", "throwing-a-number", "waiting",
                                  "serving-two-and-failing"}},
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
        if (mood == "waiting") {
          host.log().Info("waiting for the end");
          return WaitForTheEndOf(host.context());
        }
        if (mood == "serving-two-and-failing") {
          host.Serve<MortalServicer>(std::make_unique<Mortal>(host.log(), "the first"));
          host.Serve<MortalServicer>(std::make_unique<Mortal>(host.log(), "the second"));
        }
        if (mood == "failing" || mood == "serving-two-and-failing") {
          return seam::Fail(seam::Code::kFailedPrecondition, "BAD_MOOD", "the mood is bad");
        }
        if (mood == "throwing") throw std::runtime_error("the mood is worse");
        if (mood == "throwing-a-number") throw 7;
        return {};
      });
}
