#include "seam/config/config.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace seam::config {
namespace {

template <class T>
const T& Get(const Configuration::Setting& setting, std::string_view path) {
  const T* value = std::get_if<T>(&setting.value);
  if (value == nullptr) {
    std::fprintf(stderr, "option %.*s was read as another type than it has\n",
                 static_cast<int>(path.size()), path.data());
    std::abort();
  }
  return *value;
}

}  // namespace

Configuration::Configuration(std::map<std::string, Setting, std::less<>> settings)
    : settings_(std::move(settings)) {}

const std::string& Configuration::GetText(std::string_view path) const {
  return Get<std::string>(Find(path), path);
}

std::int64_t Configuration::GetInteger(std::string_view path) const {
  return Get<std::int64_t>(Find(path), path);
}

bool Configuration::GetBoolean(std::string_view path) const { return Get<bool>(Find(path), path); }

const std::string& Configuration::GetSecret(std::string_view path) const {
  return Get<std::string>(Find(path), path);
}

const std::string& Configuration::GetSource(std::string_view path) const {
  return Find(path).source;
}

const Configuration::Setting& Configuration::Find(std::string_view path) const {
  const auto found = settings_.find(path);
  if (found == settings_.end()) {
    std::fprintf(stderr, "there is no option %.*s\n", static_cast<int>(path.size()), path.data());
    std::abort();
  }
  return found->second;
}

Environment ProcessEnvironment() {
  Environment environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

int Finish(const Exit& exit) {
  std::fputs(exit.output.c_str(), stdout);
  std::fflush(stdout);
  std::fputs(exit.error.c_str(), stderr);
  return exit.code;
}

}  // namespace seam::config
