#include "seam/core/call_chain.h"

#include <gtest/gtest.h>

#include <string>

#include "seam/core/context.h"
#include "seam/core/contract.h"

namespace seam {
namespace {

TEST(CallChainTest, ListsServicesInTheirOrder) {
  CallChain chain;
  EXPECT_TRUE(chain.empty());
  EXPECT_EQ(chain.ToText(), "");
  EXPECT_EQ(chain.last(), "");
  for (const char* service : {"a.A", "b.B", "a.A"}) {
    chain.Enter(service);
    EXPECT_EQ(chain.last(), service);
  }
  EXPECT_FALSE(chain.empty());
  EXPECT_EQ(chain.ToText(), "a.A,b.B,a.A");
  EXPECT_EQ(chain.Visits("a.A"), 2U);
  EXPECT_EQ(chain.Visits("b.B"), 1U);
  EXPECT_EQ(chain.Visits("a"), 0U);
}

TEST(CallChainTest, ACopyGoesItsOwnWay) {
  CallChain chain;
  chain.Enter("a.A");
  CallChain copy = chain;
  copy.Enter("b.B");
  chain.Enter("c.C");
  EXPECT_EQ(chain.ToText(), "a.A,c.C");
  EXPECT_EQ(copy.ToText(), "a.A,b.B");
}

TEST(CallChainTest, WhatWasWrittenIsRead) {
  CallChain chain;
  for (const char* service : {"shop.orders.v1.Orders", "p_1.B", "shop.orders.v1.Orders"}) {
    chain.Enter(service);
    auto read = ParseCallChain(std::string(chain.ToText()));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->ToText(), chain.ToText());
    EXPECT_FALSE(read->empty());
    EXPECT_EQ(read->last(), service);
    EXPECT_EQ(read->Visits(service), chain.Visits(service));
    read->Enter("next.N");
    EXPECT_EQ(read->ToText(), chain.ToText() + ",next.N");
  }
}

TEST(CallChainTest, ReadsNothingElse) {
  for (const char* text :
       {"", ",", "a,", ",a", "a,,b", "a b", "a;b", "caf\xC3\xA9", "a\n", "/a/b"}) {
    EXPECT_FALSE(ParseCallChain(text)) << text;
  }
}

TEST(CallChainTest, KeepsItsLimits) {
  std::string most = "s";
  CallChain chain;
  chain.Enter("s");
  for (std::size_t i = 1; i < CallChain::kMaxServices; ++i) {
    EXPECT_TRUE(chain.HasRoomFor("s")) << i;
    chain.Enter("s");
    most += ",s";
  }
  EXPECT_FALSE(chain.HasRoomFor("s"));
  EXPECT_TRUE(ParseCallChain(most));
  EXPECT_FALSE(ParseCallChain(most + ",s"));

  CallChain of_long_names;
  of_long_names.Enter("s");
  const std::string longest(CallChain::kMaxBytes - 2, 'x');
  EXPECT_TRUE(of_long_names.HasRoomFor(longest));
  EXPECT_FALSE(of_long_names.HasRoomFor(longest + "x"));
  EXPECT_TRUE(ParseCallChain("s," + longest));
  EXPECT_FALSE(ParseCallChain("s," + longest + "x"));
}

TEST(CallChainTest, TravelsWithTheContext) {
  const Context begun = Context().Entering("a.A");
  EXPECT_EQ(begun.call_chain().ToText(), "a.A");
  EXPECT_EQ(begun.WithMetadata("k", "v").call_chain().ToText(), "a.A");
  EXPECT_EQ(Context(begun).Entering("b.B").call_chain().ToText(), "a.A,b.B");
  EXPECT_EQ(begun.call_chain().ToText(), "a.A");
  EXPECT_TRUE(Context().call_chain().empty());
}

TEST(MethodContractTest, KnowsItsService) {
  EXPECT_EQ((MethodContract{"/shop.v1.Products/GetProduct", "GetProduct"}).service(),
            "shop.v1.Products");
  EXPECT_EQ(MethodContract{}.service(), "");
}

}  // namespace
}  // namespace seam
