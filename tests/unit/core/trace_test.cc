#include "seam/core/trace.h"

#include <gtest/gtest.h>

#include <string>

namespace seam {
namespace {

constexpr char kHeader[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

TEST(TraceTest, ReadsAndWritesAHeader) {
  const auto trace = ParseTraceparent(kHeader);
  ASSERT_TRUE(trace);
  EXPECT_EQ(FormatTraceparent(*trace), kHeader);
  EXPECT_EQ(TraceIdText(*trace), "0af7651916cd43dd8448eb211c80319c");
}

TEST(TraceTest, AChildKeepsTheTraceAndHasASpanOfItsOwn) {
  const TraceContext parent = NewTrace();
  const TraceContext child = ChildSpan(parent);
  EXPECT_EQ(child.trace_id, parent.trace_id);
  EXPECT_NE(child.span_id, parent.span_id);
  EXPECT_NE(NewTrace().trace_id, parent.trace_id);
}

TEST(TraceTest, ReadsALaterVersionByItsFirstFields) {
  EXPECT_TRUE(
      ParseTraceparent("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future"));
}

TEST(TraceTest, FlagsThatTheVersionDoesNotKnowDoNotTravel) {
  std::string header(kHeader);
  header.replace(53, 2, "ff");
  EXPECT_EQ(ParseTraceparent(header)->flags, 1);
  TraceContext trace = *ParseTraceparent(kHeader);
  trace.flags = 0xFE;
  EXPECT_EQ(FormatTraceparent(trace).substr(53), "00");
}

TEST(TraceTest, RefusesWhatIsMalformed) {
  for (const char* header : {
           "",
           "00",
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
           "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
           "00-00000000000000000000000000000000-b7ad6b7169203331-01",
           "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
           "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
           "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.more",
           "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
       }) {
    EXPECT_FALSE(ParseTraceparent(header)) << header;
  }
}

}  // namespace
}  // namespace seam
