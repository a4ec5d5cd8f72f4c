#ifndef TESTS_PROPERTY_RANDOM_H_
#define TESTS_PROPERTY_RANDOM_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <type_traits>

namespace property {

// Random choices that a seed repeats on every machine, with a liking for boundary values.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t Bits() { return engine_(); }

  // 0 to limit - 1; limit is not 0. Which of equally likely values hardly matters here.
  std::size_t Below(std::size_t limit) { return static_cast<std::size_t>(Bits() % limit); }

  bool OneIn(std::size_t odds) { return Below(odds) == 0; }

  // How many elements: mostly few, at times so many that lengths take two bytes.
  std::size_t Count() { return OneIn(50) ? 20 + Below(150) : Below(4); }

  template <class T>
  T Number() {
    if constexpr (std::is_same_v<T, bool>) {
      return OneIn(2);
    } else if constexpr (std::is_floating_point_v<T>) {
      return Floating<T>();
    } else {
      return static_cast<T>(Integer());
    }
  }

  // Valid UTF-8, NUL and the first and last character of each length included.
  std::string Text();

  // Any bytes.
  std::string Bytes();

  // What is nearly UTF-8.
  std::string BadText();

 private:
  // Around the powers of two, where a varint grows and where a smaller type ends.
  std::uint64_t Integer();

  template <class T>
  T Floating();

  std::mt19937_64 engine_;
};

}  // namespace property

#endif  // TESTS_PROPERTY_RANDOM_H_
