#include "random.h"

#include <iterator>
#include <limits>
#include <string_view>

namespace property {

std::uint64_t Random::Integer() {
  switch (Below(4)) {
    case 0: return Below(2);
    case 1: return Bits() >> Below(64);
    case 2: return ~(Bits() >> Below(64));
    default: return (std::uint64_t{1} << Below(64)) + Below(3) - 1;
  }
}

template <class T>
T Random::Floating() {
  using Limits = std::numeric_limits<T>;
  const T values[] = {T{0},
                      -T{0},
                      T{1},
                      -T{1},
                      Limits::min(),
                      Limits::max(),
                      Limits::lowest(),
                      Limits::denorm_min(),
                      Limits::infinity(),
                      -Limits::infinity(),
                      Limits::quiet_NaN(),
                      -Limits::quiet_NaN()};
  if (OneIn(2)) return values[Below(std::size(values))];
  return static_cast<T>(static_cast<std::int64_t>(Integer())) / T{64};
}

template float Random::Floating<float>();
template double Random::Floating<double>();

std::string Random::Text() {
  using namespace std::string_view_literals;
  constexpr std::string_view kPieces[] = {"a"sv,
                                          "seam"sv,
                                          "\0"sv,
                                          "\x7F"sv,
                                          "\xC2\x80"sv,
                                          "\xDF\xBF"sv,
                                          "\xE0\xA0\x80"sv,
                                          "\xED\x9F\xBF"sv,
                                          "\xEE\x80\x80"sv,
                                          "\xEF\xBF\xBF"sv,
                                          "\xF0\x90\x80\x80"sv,
                                          "\xF4\x8F\xBF\xBF"sv};
  std::string text;
  const std::size_t pieces = Below(3) * Below(8);
  for (std::size_t i = 0; i < pieces; ++i) text += kPieces[Below(std::size(kPieces))];
  if (OneIn(40)) text += std::string(100 + Below(200), 'x');
  return text;
}

std::string Random::Bytes() {
  if (OneIn(3)) return Text();
  std::string bytes(Below(4) == 0 ? Below(200) : Below(12), '\0');
  for (char& byte : bytes) byte = static_cast<char>(Bits());
  return bytes;
}

std::string Random::BadText() {
  std::string text = Text() + "\xF1\x80\x80\x80";
  const std::size_t at = Below(text.size());
  switch (Below(3)) {
    case 0: text[at] = static_cast<char>(Bits()); break;
    case 1: text.erase(at, 1); break;
    default: text.insert(at, 1, static_cast<char>(0x80 | Bits()));
  }
  return text;
}

}  // namespace property
