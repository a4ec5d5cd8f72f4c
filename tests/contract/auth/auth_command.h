#ifndef TESTS_CONTRACT_AUTH_AUTH_COMMAND_H_
#define TESTS_CONTRACT_AUTH_AUTH_COMMAND_H_

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <string>
#include <vector>

namespace shop::auth {

// The command of an auth service, without its database, whose users are at `users_target`. It
// hashes cheaply and lets an address register so often. Writes a file with the first admin's
// password into `folder`.
inline std::vector<std::string> AuthCommand(const std::string& folder,
                                            const std::string& users_target,
                                            const std::string& admin_password,
                                            int registrations_per_address) {
  const std::string password_file = folder + "/admin-password";
  std::ofstream(password_file) << admin_password << "\n";
  EXPECT_EQ(chmod(password_file.c_str(), 0600), 0);
  return {AUTH_PROGRAM,
          "--modules.users.target",
          users_target,
          "--modules.users.deadline_ms",
          "60000",
          "--auth.admin_password_file",
          password_file,
          "--auth.hash_memory_bytes",
          "8192",
          "--auth.hash_passes",
          "1",
          "--auth.registrations_per_address",
          std::to_string(registrations_per_address)};
}

}  // namespace shop::auth

#endif  // TESTS_CONTRACT_AUTH_AUTH_COMMAND_H_
