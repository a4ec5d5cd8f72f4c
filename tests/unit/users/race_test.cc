// What holds when calls come at once: on one handler, and on two with connections of their own to
// one database, as two processes have.

#include <functional>
#include <latch>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "users_fixture.h"

namespace shop::users {
namespace {

using testing::ElementsAre;
using testing::Pair;

class RaceTest : public UsersFixture {
 protected:
  static constexpr int kThreads = 8;

  // What `work(handler, i)` returns for i from 0 to 7, counted. All begin at once, each second one
  // on the other handler.
  std::map<std::string, int> AtOnce(
      const std::function<std::string(v1::UsersHandler& users, int i)>& work) {
    std::map<std::string, int> outcomes;
    std::mutex mutex;
    std::latch start(kThreads);
    std::vector<std::thread> threads;
    threads.reserve(kThreads);
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        v1::UsersHandler& users = i % 2 == 0 ? *users_ : *others_;
        start.arrive_and_wait();
        const std::string outcome = work(users, i);
        const std::lock_guard lock(mutex);
        ++outcomes[outcome];
      });
    }
    for (std::thread& thread : threads) thread.join();
    return outcomes;
  }

  const std::unique_ptr<v1::UsersHandler> others_ = Open();
};

TEST_F(RaceTest, OfCreationsWithOneEmailOneWins) {
  for (int round = 0; round < 10; ++round) {
    const std::string email = "ann" + std::to_string(round) + "@example.org";
    std::vector<v1::CreateUserRequest> requests;
    for (int i = 0; i < kThreads; ++i) requests.push_back(Ann(email));
    for (int i = 0; i < kThreads; i += 3) requests[static_cast<std::size_t>(i)].email[0] = 'A';
    EXPECT_THAT(AtOnce([&](v1::UsersHandler& users, int i) {
                  return Outcome(users.CreateUser(nobody_, requests[static_cast<std::size_t>(i)]));
                }),
                ElementsAre(Pair("ALREADY_EXISTS EMAIL_TAKEN", kThreads - 1), Pair("OK", 1)));
    int there = 0;
    for (const v1::CreateUserRequest& request : requests) {
      const bool found = Get(admin_, request.id).has_value();
      there += found ? 1 : 0;
      EXPECT_EQ(found, IdOf(email) == request.id);
    }
    EXPECT_EQ(there, 1);
  }
}

TEST_F(RaceTest, OfUpdatesToOneEmailOneWins) {
  for (int round = 0; round < 10; ++round) {
    const std::string prefix = std::to_string(round) + "-";
    std::vector<v1::UpdateUserRequest> updates;
    for (int i = 0; i < kThreads; ++i) {
      updates.push_back(UpdateOf(Create(Ann(prefix + std::to_string(i) + "@example.org"))));
      updates.back().email = prefix + (i % 3 == 0 ? "New" : "new") + "@example.org";
    }
    EXPECT_THAT(AtOnce([&](v1::UsersHandler& users, int i) {
                  return Outcome(users.UpdateUser(admin_, updates[static_cast<std::size_t>(i)]));
                }),
                ElementsAre(Pair("ALREADY_EXISTS EMAIL_TAKEN", kThreads - 1), Pair("OK", 1)));
    int changed = 0;
    for (const v1::UpdateUserRequest& update : updates) {
      const v1::User user = User(update.id);
      changed += static_cast<int>(user.version - 1);
      EXPECT_EQ(user.version == 2, user.email == update.email);
    }
    EXPECT_EQ(changed, 1);
  }
}

TEST_F(RaceTest, ACreationAndAnUpdateDoNotShareAnEmail) {
  for (int round = 0; round < 10; ++round) {
    const std::string prefix = std::to_string(round) + "-";
    std::vector<v1::UpdateUserRequest> updates;
    for (int i = 0; i < kThreads; ++i) {
      updates.push_back(UpdateOf(Create(Ann(prefix + std::to_string(i) + "@example.org"))));
      updates.back().email = prefix + "new@example.org";
    }
    EXPECT_THAT(AtOnce([&](v1::UsersHandler& users, int i) {
                  const auto& update = updates[static_cast<std::size_t>(i)];
                  return i % 4 < 2 ? Outcome(users.CreateUser(nobody_, Ann(update.email)))
                                   : Outcome(users.UpdateUser(admin_, update));
                }),
                ElementsAre(Pair("ALREADY_EXISTS EMAIL_TAKEN", kThreads - 1), Pair("OK", 1)));
  }
}

TEST_F(RaceTest, ACreationMadeManyTimesMakesOneUser) {
  for (int round = 0; round < 10; ++round) {
    const v1::CreateUserRequest request = Ann("ann" + std::to_string(round) + "@example.org");
    EXPECT_THAT(AtOnce([&](v1::UsersHandler& users, int) {
                  const auto created = users.CreateUser(nobody_, request);
                  return created ? created->user->id : Outcome(created);
                }),
                ElementsAre(Pair(request.id, kThreads)));
  }
}

TEST_F(RaceTest, OfUpdatesOfOneVersionOneWins) {
  const v1::User ann = Create(Ann());
  EXPECT_THAT(AtOnce([&](v1::UsersHandler& users, int i) {
                v1::UpdateUserRequest update = UpdateOf(ann);
                update.name = "Ann " + std::to_string(i);
                return Outcome(users.UpdateUser(As(ann.id), update));
              }),
              ElementsAre(Pair("ABORTED STALE_VERSION", kThreads - 1), Pair("OK", 1)));
  EXPECT_EQ(User(ann.id).version, 2);
}

}  // namespace
}  // namespace shop::users
