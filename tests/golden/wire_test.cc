#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "golden/v1/scalars_codec.h"
#include "seam/wire/message.h"
#include "seam/wire/utf8.h"

namespace seam::wire {
namespace {

using ::golden::v1::Repeated;
using ::golden::v1::Scalars;

std::string Utf8Of(std::uint32_t code_point) {
  const auto tail = [code_point](int shift) {
    return static_cast<char>(0x80 | ((code_point >> shift) & 0x3F));
  };
  if (code_point < 0x80) return {static_cast<char>(code_point)};
  if (code_point < 0x800) return {static_cast<char>(0xC0 | (code_point >> 6)), tail(0)};
  if (code_point < 0x10000) {
    return {static_cast<char>(0xE0 | (code_point >> 12)), tail(6), tail(0)};
  }
  return {static_cast<char>(0xF0 | (code_point >> 18)), tail(12), tail(6), tail(0)};
}

TEST(Utf8, HasEveryCodePointButTheSurrogates) {
  for (std::uint32_t code_point = 0; code_point < 0x120000; ++code_point) {
    const bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
    ASSERT_EQ(IsValidUtf8(Utf8Of(code_point)), code_point <= 0x10FFFF && !is_surrogate)
        << std::hex << code_point;
  }
}

TEST(Utf8, HasNoLongerEncodingThanNeeded) {
  for (const char* overlong : {"\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xE0\x9F\xBF",
                               "\xF0\x80\x80\xAF", "\xF0\x8F\xBF\xBF", "\xF8\x88\x80\x80\x80"}) {
    EXPECT_FALSE(IsValidUtf8(overlong)) << testing::PrintToString(overlong);
  }
}

// Text is looked at in steps of eight bytes: the fault may lie anywhere in one, or across two.
TEST(Utf8, IsCheckedUpToTheLastByte) {
  for (std::size_t size = 1; size < 40; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'a');
      text[at] = '\xFF';
      EXPECT_FALSE(IsValidUtf8(text)) << at << " of " << size;
      for (const std::string& sequence : {Utf8Of(0xFC), Utf8Of(0x4E2D), Utf8Of(0x1F600)}) {
        text.assign(size, 'a');
        text.replace(at, std::min(sequence.size(), size - at), sequence, 0, size - at);
        EXPECT_EQ(IsValidUtf8(text), at + sequence.size() <= size) << at << " of " << size;
      }
    }
  }
}

TEST(Writer, GrowsAsNeeded) {
  for (const std::size_t size :
       {0U, 1U, 127U, 128U, 480U, 510U, 511U, 512U, 5000U, 65536U, 3'000'000U}) {
    Repeated message;
    message.f_bytes = {std::string(size, 'x'), "between", std::string(size / 2, 'y')};
    message.f_uint64.assign(size / 16, ~std::uint64_t{0});
    const auto bytes = EncodeMessage(message);
    ASSERT_TRUE(bytes);
    EXPECT_EQ(bytes->size(), MeasureMessage(message).value());
    EXPECT_EQ(DecodeMessage<Repeated>(bytes->bytes()).value(), message) << size;
  }
}

TEST(Writer, HandsOutItsBytesOnce) {
  Writer writer;
  Encode(Scalars{.f_int32 = 5}, writer);
  const Buffer first = writer.Finish();
  EXPECT_EQ(first.bytes(), "\x18\x05");
  EXPECT_EQ(writer.Finish().size(), 0U);
  Encode(Scalars{.f_int32 = 6}, writer);
  EXPECT_EQ(writer.Finish().bytes(), "\x18\x06");
  EXPECT_EQ(first.bytes(), "\x18\x05");
}

TEST(Reader, MergesIntoWhatIsThere) {
  Scalars message{.f_int32 = 1, .f_string = "kept"};
  Reader in("\x18\x05");
  ASSERT_TRUE(Decode(in, message));
  EXPECT_EQ(message, (Scalars{.f_int32 = 5, .f_string = "kept"}));
}

TEST(Reader, TakesNothingForAnEmptyMessage) {
  EXPECT_EQ(DecodeMessage<Scalars>({}).value(), Scalars{});
  EXPECT_EQ(EncodeMessage(Scalars{})->size(), 0U);
}

// Many runs of one element each must not copy what is there every time: this ends in no time, or
// in minutes.
TEST(Reader, ReadsManyShortRunsInLinearTime) {
  std::string bytes;
  for (int i = 0; i < 500'000; ++i) bytes += std::string("\x4A\x04\x01\x02\x03\x04", 6);
  EXPECT_EQ(DecodeMessage<Repeated>(bytes)->f_fixed32.size(), 500'000U);
}

TEST(UnknownFields, AreOnePointerAndAValue) {
  static_assert(sizeof(UnknownFields) == sizeof(void*));
  UnknownFields fields;
  EXPECT_TRUE(fields.empty());
  fields.Append("");
  EXPECT_TRUE(fields.empty());
  fields.Append("a");
  UnknownFields copy = fields;
  copy.Append("b");
  EXPECT_EQ(fields.bytes(), "a");
  EXPECT_EQ(copy.bytes(), "ab");
  EXPECT_NE(fields, copy);
  const UnknownFields& self = copy;
  copy = self;
  EXPECT_EQ(copy.bytes(), "ab");
  fields = copy;
  EXPECT_EQ(fields, copy);
  fields.clear();
  EXPECT_EQ(fields, UnknownFields());
  copy = fields;
  EXPECT_TRUE(copy.empty());
}

TEST(WellKnown, TimeTripsAndIsMerged) {
  const Timestamp time{-62'135'596'800, 999'999'999};
  const auto bytes = EncodeMessage(time);
  EXPECT_EQ(bytes->size(), MeasureMessage(time).value());
  EXPECT_EQ(DecodeMessage<Timestamp>(bytes->bytes()).value(), time);
  const Duration span{-1, -2};
  EXPECT_EQ(DecodeMessage<Duration>(EncodeMessage(span)->bytes()).value(), span);
  EXPECT_EQ(DecodeMessage<Timestamp>("\x08\x05\x1A\x01x\x10\x07").value(), (Timestamp{5, 7}));
  EXPECT_FALSE(DecodeMessage<Timestamp>("\x08"));
}

}  // namespace
}  // namespace seam::wire
