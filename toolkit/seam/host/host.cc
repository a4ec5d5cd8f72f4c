#include "seam/host/host.h"

#include <filesystem>
#include <system_error>
#include <utility>

namespace seam {

Host::Host(const config::Configuration& configuration, Log& log, Context context)
    : configuration_(configuration), log_(log), context_(std::move(context)) {}

Host::~Host() {
  // A vector's own order is unspecified.
  while (!served_.empty()) served_.pop_back();
}

std::string Host::DataFile(std::string_view name) const {
  const std::filesystem::path folder = configuration_.GetText("data.directory");
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  return (folder / name).string();
}

std::vector<Servicer*> Host::servicers() const {
  std::vector<Servicer*> servicers;
  for (const Served& served : served_) servicers.push_back(served.servicer.get());
  return servicers;
}

}  // namespace seam
