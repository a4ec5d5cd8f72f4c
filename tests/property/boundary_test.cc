// Seam's codec against libprotobuf, where the limits of the wire format are.

#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "inputs.h"
#include "matrix/v1/matrix_codec.h"
#include "seam/wire/message.h"
#include "trials.h"

namespace property {
namespace {

using seam::wire::kMaxDepth;

class BoundaryTest : public Trials {
 protected:
  // Both give the answer that is expected, too.
  void Expect(bool is_accepted, std::string_view root, std::string_view bytes) {
    EXPECT_EQ(Check(root, bytes), is_accepted) << root << " " << Hex(bytes);
  }
};

std::string Joined(std::initializer_list<std::string_view> parts) {
  std::string joined;
  for (const std::string_view part : parts) joined += part;
  return joined;
}

// `depth` messages in one another, each put into the next by `wrap`.
template <class Wrap>
std::string Nest(int depth, Wrap wrap) {
  std::string bytes;
  for (int i = 0; i < depth; ++i) bytes = wrap(bytes);
  return bytes;
}

TEST_F(BoundaryTest, MessagesLieAtMostAHundredDeep) {
  const auto in_field = [](std::uint32_t number) {
    return [number](const std::string& inner) { return LengthDelimited(number, inner); };
  };
  for (int depth = kMaxDepth - 1; depth <= kMaxDepth + 2; ++depth) {
    const bool is_accepted = depth <= kMaxDepth;
    for (const std::uint32_t field : {2U, 3U, 4U, 6U}) {
      Expect(is_accepted, "Tree", Nest(depth, in_field(field)));
    }
    for (const std::uint32_t field : {1U, 2U}) {
      Expect(is_accepted, "Ping", Nest(depth, in_field(1)));
      Expect(is_accepted, "Ping",
             Nest(depth, [&](const std::string& inner) { return LengthDelimited(field, inner); }));
    }
    Expect(is_accepted, "Choices", Nest(depth, in_field(25)));
    Expect(is_accepted, "Everything", Nest(depth, in_field(13)));
  }
}

TEST_F(BoundaryTest, AMapsEntryCountsAsALevel) {
  const auto in_map = [](const std::string& inner) {
    return LengthDelimited(5, LengthDelimited(1, "key") + LengthDelimited(2, inner));
  };
  Expect(true, "Tree", Nest(kMaxDepth / 2, in_map));
  Expect(false, "Tree", Nest(kMaxDepth / 2 + 1, in_map));
  // The last entry has no message in it.
  const std::string entry = LengthDelimited(5, LengthDelimited(1, "key"));
  for (int depth = kMaxDepth - 2; depth <= kMaxDepth + 1; ++depth) {
    std::string bytes = entry;
    for (int i = 0; i < depth; ++i) bytes = LengthDelimited(2, bytes);
    Expect(depth < kMaxDepth, "Tree", bytes);
  }
}

TEST_F(BoundaryTest, GroupsCountAsLevels) {
  const auto group = [](const std::string& inner) { return Group(999, inner); };
  for (int depth = kMaxDepth - 1; depth <= kMaxDepth + 2; ++depth) {
    const std::string groups = Nest(depth, group);
    Expect(depth <= kMaxDepth, "Empty", groups);
    Expect(depth <= kMaxDepth, "Scalars", groups);
    Expect(depth + 1 <= kMaxDepth, "Tree", LengthDelimited(2, groups));
    Expect(depth + 1 <= kMaxDepth, "Tree", LengthDelimited(5, groups));
    Expect(depth + 1 <= kMaxDepth, "Foreign", LengthDelimited(6, groups));
  }
  // The levels are given back when a message ends.
  std::string row;
  for (int i = 0; i < 200; ++i) row += group("") + LengthDelimited(2, "") + LengthDelimited(5, "");
  Expect(true, "Tree", row);
}

TEST_F(BoundaryTest, GroupsEndWhereTheyBegan) {
  for (const char* root : {"Empty", "Scalars", "Foreign", "Maps", "Tree"}) {
    Expect(true, root, Group(1000, Group(1001, "")));
    Expect(false, root, Tag(1000, 3));
    Expect(false, root, Tag(1000, 4));
    Expect(false, root, Tag(1000, 3) + Tag(1001, 4));
    Expect(false, root, Tag(1000, 3) + Tag(1001, 3) + Tag(1000, 4) + Tag(1001, 4));
    Expect(false, root, Group(1000, "") + Tag(1000, 4));
    Expect(false, root, Group(1000, std::string(1, '\0')));
    // A group where a known field has another type, and an end of one.
    Check(root, Group(1, ""));
    Check(root, Tag(1, 4));
  }
  // A group does not end in the message around it.
  Expect(false, "Tree", LengthDelimited(2, Tag(1000, 3)) + Tag(1000, 4));
  Expect(false, "Tree", Tag(1000, 3) + LengthDelimited(2, Tag(1000, 4)));
  Expect(false, "Tree", LengthDelimited(5, Tag(1000, 3)) + Tag(1000, 4));
  Expect(false, "Foreign", LengthDelimited(6, Tag(1000, 4)));
}

TEST_F(BoundaryTest, TagsOfAnyLength) {
  for (const Root& root : Roots()) {
    for (const std::uint32_t number : {1U, 13U, 14U, 15U, 16U, 2047U, 2048U, 262144U, 536870911U}) {
      for (const std::uint32_t type : {0U, 1U, 2U, 3U, 5U, 6U, 7U}) {
        const std::uint64_t tag = std::uint64_t{number} << 3 | type;
        for (std::size_t size = 1; size <= 11; ++size) {
          const std::string value = type == 3 ? Tag(number, 4) : std::string(8, '\0');
          Check(root, Varint(tag, size) + value.substr(0, type == 0 || type == 2 ? 1
                                                          : type == 5            ? 4
                                                                                 : 8));
        }
        // Bits that a tag does not have.
        for (int bit = 32; bit < 64; ++bit) {
          const std::string value = type == 3 ? Tag(number, 4) : std::string(8, '\0');
          Check(root,
                Varint(tag | std::uint64_t{1} << bit) + value.substr(0, type == 0 || type == 2 ? 1
                                                                        : type == 5            ? 4
                                                                                    : 8));
        }
      }
    }
    // Field number 0 with each type.
    for (std::uint32_t type = 0; type < 8; ++type) {
      Check(root, Tag(0, type) + std::string(8, '\0'));
      Check(root, Varint(type, 3) + std::string(8, '\0'));
      Check(root, Tag(0, type));
    }
  }
}

TEST_F(BoundaryTest, VarintsOfAnyLength) {
  std::vector<std::uint64_t> values = {0, 1, 2};
  for (const int bit : {7, 14, 28, 31, 32, 33, 35, 56, 62, 63}) {
    for (const std::uint64_t value : {std::uint64_t{1} << bit, (std::uint64_t{1} << bit) - 1}) {
      values.push_back(value);
      values.push_back(~value);
    }
  }
  for (const std::uint64_t value : values) {
    for (const std::size_t size : {1U, 2U, 5U, 6U, 10U, 11U}) {
      const std::string varint = Varint(value, size);
      for (std::uint32_t number = 1; number <= 17; ++number) {
        Check("Scalars", Tag(number, 0) + varint);
        Check("Repeats", Tag(number, 0) + varint);
        Check("Repeats", LengthDelimited(number, varint));
        Check("Choices", Tag(number, 0) + varint);
      }
      for (std::uint32_t number = 1; number <= 19; ++number) {
        Check("Maps", LengthDelimited(number, Joined({Tag(1, 0), varint, Tag(2, 0), varint})));
      }
    }
  }
  // Bits beyond the 64th, in the tenth byte.
  for (int last = 0; last < 256; ++last) {
    const std::string varint = std::string(9, '\xFF') + static_cast<char>(last);
    for (std::uint32_t number = 1; number <= 17; ++number) {
      Check("Scalars", Tag(number, 0) + varint);
      Check("Repeats", LengthDelimited(number, varint));
    }
  }
}

TEST_F(BoundaryTest, LengthsBeyondTheEnd) {
  for (const std::uint64_t length :
       {std::uint64_t{1}, std::uint64_t{3}, std::uint64_t{127}, std::uint64_t{128},
        std::uint64_t{16384}, std::uint64_t{0x7FFFFFEF}, std::uint64_t{0x7FFFFFF0},
        std::uint64_t{0x7FFFFFFF}, std::uint64_t{0x80000000}, std::uint64_t{0xFFFFFFFF},
        std::uint64_t{0x100000000}, std::uint64_t{0x100000002}, ~std::uint64_t{0}}) {
    for (std::uint32_t number = 1; number <= 20; ++number) {
      for (const Root& root : Roots()) {
        EXPECT_FALSE(Check(root, Tag(number, 2) + Varint(length)));
        if (length > 2) {
          EXPECT_FALSE(Check(root, Tag(number, 2) + Varint(length) + "ab"));
        }
        Check(root, LengthDelimited(number, Tag(2, 2) + Varint(length) + "ab"));
      }
    }
  }
  // Lengths that are longer than needed.
  for (std::size_t size = 1; size <= 11; ++size) {
    for (std::uint32_t number = 1; number <= 20; ++number) {
      for (const Root& root : Roots()) {
        Check(root, Tag(number, 2) + Varint(0, size));
        Check(root, Tag(number, 2) + Varint(2, size) + "ab");
      }
    }
  }
}

TEST_F(BoundaryTest, PackedRunsOfAnySize) {
  for (std::size_t size = 0; size <= 40; ++size) {
    for (std::uint32_t number = 1; number <= 16; ++number) {
      for (const char byte : {'\0', '\x7F', '\x80', '\xFF'}) {
        const std::string run = LengthDelimited(number, std::string(size, byte));
        Check("Repeats", run);
        Check("Unpacked", run);
        // Both forms in one message.
        Check("Repeats", Joined({run, Tag(number, 0), "\x05", run, Tag(number, 5), "abcd",
                                 Tag(number, 1), "abcdefgh"}));
      }
    }
  }
  Expect(true, "Repeats", LengthDelimited(3, ""));
}

TEST_F(BoundaryTest, Utf8) {
  const auto check = [this](const std::string& text) {
    return Check("Scalars", LengthDelimited(14, "1234567" + text + "x"));
  };
  std::size_t valid = 0;
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      valid += check({static_cast<char>(first), static_cast<char>(second)}) ? 1 : 0;
    }
  }
  EXPECT_EQ(valid, 128U * 128 + 30U * 64);
  constexpr unsigned char kEdges[] = {0x00, 0x7F, 0x80, 0x81, 0x8F, 0x90, 0x91,
                                      0x9F, 0xA0, 0xA1, 0xBF, 0xC0, 0xC1, 0xFF};
  for (int first = 0xE0; first < 256; ++first) {
    for (const unsigned char second : kEdges) {
      for (const unsigned char third : kEdges) {
        std::string text = {static_cast<char>(first), static_cast<char>(second),
                            static_cast<char>(third)};
        check(text);
        for (const char fourth : {'\0', '\x7F', '\x80', '\xBF', '\xC0'}) {
          check(text + fourth);
        }
      }
    }
  }
  for (const char* text : {"\xC3", "\xE2\x82", "\xF0\x9F\x98", "\xC0\x80", "\xED\xA0\x80",
                           "\xF4\x90\x80\x80", "\xFF"}) {
    Expect(false, "Scalars", LengthDelimited(14, text));
    Expect(false, "Optionals", LengthDelimited(3, text));
    Expect(false, "Repeats", LengthDelimited(14, text));
    Expect(false, "Choices", LengthDelimited(14, text));
    Expect(false, "Tree", LengthDelimited(5, LengthDelimited(1, text)));
    Expect(false, "Maps", LengthDelimited(12, LengthDelimited(1, text) + Tag(2, 1) + "12345678"));
    Expect(false, "Maps", LengthDelimited(14, LengthDelimited(2, text)));
    Expect(false, "Foreign", LengthDelimited(1, LengthDelimited(2, text)));
    // Bytes are not text, and neither is what is not known.
    Expect(true, "Scalars", LengthDelimited(15, text));
    Expect(true, "Maps", LengthDelimited(15, LengthDelimited(2, text)));
    Expect(true, "Empty", LengthDelimited(14, text));
  }
}

TEST_F(BoundaryTest, MapEntriesOfAnyForm) {
  const std::string keys[] = {"",
                              Tag(1, 0) + "\x01",
                              Tag(1, 0) + "\x02" + Tag(1, 0) + "\x01",
                              Tag(1, 2) + "\x01" + "a",
                              Tag(1, 5) + "abcd",
                              Tag(1, 1) + "abcdefgh",
                              Group(1, "")};
  const std::string values[] = {"",
                                Tag(2, 0) + "\x01",
                                Tag(2, 2) + "\x02" + "ab",
                                LengthDelimited(2, LengthDelimited(14, "x")),
                                LengthDelimited(2, Tag(3, 0) + "\x05"),
                                Tag(2, 5) + "abcd",
                                Tag(2, 1) + "abcdefgh",
                                Group(2, ""),
                                Tag(2, 4)};
  const std::string rests[] = {"", Tag(3, 0) + "\x01", LengthDelimited(7, "more"), Group(9, "")};
  for (std::uint32_t number = 1; number <= 19; ++number) {
    for (const std::string& key : keys) {
      for (const std::string& value : values) {
        for (const std::string& rest : rests) {
          const std::string entries[] = {Joined({key, value, rest}), Joined({value, key, rest}),
                                         Joined({rest, key, value}), Joined({key, value, value}),
                                         Joined({value, rest, key, value})};
          for (const std::string& entry : entries) {
            Check("Maps", LengthDelimited(number, entry));
            // Again, with a key that is there.
            Check("Maps", LengthDelimited(number, key + value) + LengthDelimited(number, entry));
          }
        }
      }
    }
  }
}

TEST_F(BoundaryTest, ReservedAndHighNumbersAreUnknownFields) {
  for (const std::uint32_t number : {18999U, 19000U, 19500U, 19999U, 20000U, 536870911U}) {
    for (const Root& root : Roots()) {
      EXPECT_TRUE(Check(root, Tag(number, 0) + "\x05")) << root.name << number;
      EXPECT_TRUE(Check(root, Tag(number, 1) + "abcdefgh")) << root.name << number;
      EXPECT_TRUE(Check(root, Group(number, Tag(number, 0) + "\x05"))) << root.name << number;
    }
    Expect(true, "Tree", LengthDelimited(number, "any"));
  }
}

// The error names the field, wherever the text lies.
TEST_F(BoundaryTest, WhatIsNotTextIsNotEncoded) {
  const std::string bad = "\xED\xA0\x80";
  const auto expect = [](const auto& message, const std::string& field) {
    const auto encoded = seam::wire::EncodeMessage(message);
    const auto measured = seam::wire::MeasureMessage(message);
    ASSERT_FALSE(encoded.has_value()) << field;
    ASSERT_FALSE(measured.has_value()) << field;
    EXPECT_EQ(encoded.error(), measured.error());
    EXPECT_EQ(encoded.error().code, seam::Code::kInvalidArgument);
    EXPECT_EQ(encoded.error().reason, "INVALID_UTF8");
    EXPECT_EQ(encoded.error().metadata.at("field"), "matrix." + field);
  };
  matrix::v1::Scalars scalars;
  scalars.f_string = bad;
  expect(scalars, "v1.Scalars.f_string");
  matrix::v1::Optionals optionals;
  optionals.f_string = bad;
  expect(optionals, "v1.Optionals.f_string");
  matrix::v1::Repeats repeats;
  repeats.f_string = {"good", bad, "good"};
  expect(repeats, "v1.Repeats.f_string");
  repeats.f_scalars.push_back(scalars);
  repeats.f_string.clear();
  expect(repeats, "v1.Scalars.f_string");
  matrix::v1::Maps keys;
  keys.string_bool[bad] = true;
  expect(keys, "v1.Maps.string_bool");
  matrix::v1::Maps values;
  values.string_string["key"] = bad;
  expect(values, "v1.Maps.string_string");
  matrix::v1::Choices choices;
  choices.scalar.set_a_string(bad);
  expect(choices, "v1.Choices.a_string");
  choices.scalar.set_some_bytes(bad);
  EXPECT_TRUE(seam::wire::EncodeMessage(choices).has_value());
  matrix::v1::Foreign foreign;
  foreign.shared.emplace().text = bad;
  expect(foreign, "other.v1.Shared.text");
  // The first of several.
  matrix::v1::Everything everything;
  everything.scalars = scalars;
  everything.optionals = optionals;
  everything.text = bad;
  expect(everything, "v1.Scalars.f_string");
}

TEST_F(BoundaryTest, WhatIsTooDeepIsNotEncoded) {
  const auto tree_of = [](int depth) {
    matrix::v1::Tree tree;
    for (matrix::v1::Tree* at = &tree; depth > 0; --depth) at = &at->left.emplace();
    return tree;
  };
  EXPECT_TRUE(seam::wire::EncodeMessage(tree_of(kMaxDepth)).has_value());
  EXPECT_TRUE(seam::wire::MeasureMessage(tree_of(kMaxDepth)).has_value());
  const auto encoded = seam::wire::EncodeMessage(tree_of(kMaxDepth + 1));
  const auto measured = seam::wire::MeasureMessage(tree_of(kMaxDepth + 1));
  ASSERT_FALSE(encoded.has_value());
  ASSERT_FALSE(measured.has_value());
  EXPECT_EQ(encoded.error(), measured.error());
  EXPECT_EQ(encoded.error().reason, "MESSAGE_TOO_DEEP");
}

}  // namespace
}  // namespace property
