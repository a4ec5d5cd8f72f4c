#include "trials.h"

#include <google/protobuf/stubs/logging.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <stdexcept>

#include "seam/core/fingerprint.h"

namespace property {

namespace {

// The shortest part of `bytes` that is found by cutting pieces out as long as the two disagree.
std::string Smaller(Oracle& oracle, const Root& root, std::string bytes) {
  for (std::size_t size = bytes.size(); size > 0; size /= 2) {
    for (std::size_t at = 0; at + size <= bytes.size();) {
      std::string less = bytes;
      less.erase(at, size);
      if (root.compare(oracle, less).disagreement.empty()) {
        at += size;
      } else {
        bytes = std::move(less);
      }
    }
  }
  return bytes;
}

std::filesystem::path Save(const Root& root, std::string_view bytes) {
  const std::filesystem::path folder = SEAM_FAILURES_FOLDER;
  std::filesystem::create_directories(folder);
  std::filesystem::path file =
      folder / (std::string(root.name) + "-" + std::to_string(seam::Fingerprint(bytes)));
  std::ofstream stream(file, std::ios::binary);
  stream.put(static_cast<char>(&root - Roots().data()));
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return file;
}

}  // namespace

std::string Hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text += kDigits[static_cast<unsigned char>(byte) >> 4];
    text += kDigits[byte & 0xF];
  }
  return text;
}

bool IsSoak() {
  const char* const soak = std::getenv("SEAM_SOAK");
  return soak != nullptr && std::string_view(soak) == "1";
}

Trials::Trials() {
  // It writes a line for each string that is not UTF-8.
  google::protobuf::SetLogHandler(nullptr);
  if (const char* const seed = std::getenv("SEAM_SEED"); seed != nullptr) {
    first_seed_ = std::stoull(seed);
  } else if (IsSoak()) {
    first_seed_ = std::random_device()();
  }
  std::cout << "SEAM_SEED=" << first_seed_ << std::endl;
}

std::string Trials::HowToRepeat() const {
  if (seed_ == 0) return {};
  return "; repeat it with SEAM_SEED=" + std::to_string(seed_) + " --gtest_filter=" +
         testing::UnitTest::GetInstance()->current_test_info()->test_suite_name() + "." +
         testing::UnitTest::GetInstance()->current_test_info()->name();
}

bool Trials::Check(const Root& root, std::string_view bytes) {
  const Verdict verdict = root.compare(oracle_, bytes);
  if (verdict.disagreement.empty()) return verdict.accepted;
  const std::string smaller = Smaller(oracle_, root, std::string(bytes));
  ADD_FAILURE() << root.name << ": " << root.compare(oracle_, smaller).disagreement << "\nwith "
                << smaller.size() << " bytes: " << Hex(smaller) << "\nin the file "
                << Save(root, smaller).string() << HowToRepeat();
  return verdict.accepted;
}

void Trials::Check(const Root& root, const Verdict& verdict) {
  EXPECT_EQ(verdict.disagreement, "") << root.name << HowToRepeat();
}

bool Trials::Check(std::string_view root_name, std::string_view bytes) {
  for (const Root& root : Roots()) {
    if (root.name == root_name) return Check(root, bytes);
  }
  throw std::invalid_argument("no such message in the matrix: " + std::string(root_name));
}

}  // namespace property
