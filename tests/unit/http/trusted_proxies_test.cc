#include "http/trusted_proxies.h"

#include <gtest/gtest.h>

#include <string>

namespace shop::http {
namespace {

std::string ErrorOf(std::string_view proxies) {
  const auto parsed = TrustedProxies::Parse(proxies);
  if (parsed) return "(accepted)";
  EXPECT_EQ(parsed.error().reason, "INVALID_NETWORK");
  return parsed.error().message;
}

// Where a request comes from that the peer has forwarded.
std::string Client(std::string_view proxies, std::string_view peer, const HeaderFields& headers) {
  return TrustedProxies::Parse(proxies).value().ClientAddress(peer, headers);
}
std::string Client(std::string_view proxies, std::string_view peer, const std::string& forwarded) {
  return Client(proxies, peer, HeaderFields{{"X-Forwarded-For", forwarded}});
}

TEST(TrustedProxiesTest, WithoutProxiesTheHeaderIsIgnored) {
  EXPECT_EQ(TrustedProxies().ClientAddress("192.0.2.1", {{"X-Forwarded-For", "192.0.2.7"}}),
            "192.0.2.1");
  EXPECT_EQ(Client("", "192.0.2.1", "192.0.2.7"), "192.0.2.1");
  EXPECT_EQ(Client(" ", "192.0.2.1", "192.0.2.7"), "192.0.2.1");
}

TEST(TrustedProxiesTest, OnlyATrustedPeerIsBelieved) {
  const char* const proxies = "192.0.2.1, 10.0.0.0/9,2001:db8::/32";
  for (const char* trusted : {"192.0.2.1", "10.0.0.0", "10.127.255.255", "2001:db8::1",
                              "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "::ffff:192.0.2.1"}) {
    EXPECT_EQ(Client(proxies, trusted, "198.51.100.7"), "198.51.100.7") << trusted;
  }
  for (const char* other : {"192.0.2.2", "192.0.2.0", "10.128.0.0", "9.255.255.255",
                            "2001:db9::", "::1", "::192.0.2.1"}) {
    EXPECT_EQ(Client(proxies, other, "198.51.100.7"), other);
  }
  EXPECT_EQ(Client(proxies, "", "198.51.100.7"), "");
  EXPECT_EQ(Client("fe80::/10", "fe80::1%eth0", "198.51.100.7"), "198.51.100.7");
}

TEST(TrustedProxiesTest, TheRightmostAddressThatIsNotTrustedCounts) {
  EXPECT_EQ(Client("10.0.0.0/8", "10.0.0.1", "192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(Client("10.0.0.0/8", "10.0.0.1", "192.0.2.7, 10.0.0.2 ,10.0.0.3"), "192.0.2.7");
  // What a customer claims is to the left of what the proxy has seen, whatever it looks like.
  for (const char* claim : {"198.51.100.1", "10.0.0.9", "unknown", "", ",,", "\"x"}) {
    EXPECT_EQ(Client("10.0.0.0/8", "10.0.0.1", std::string(claim) + ", 192.0.2.7, 10.0.0.2"),
              "192.0.2.7")
        << claim;
  }
}

TEST(TrustedProxiesTest, AHeaderThatWasSentTwiceGoesOn) {
  EXPECT_EQ(Client("10.0.0.0/8", "10.0.0.1",
                   {{"X-Forwarded-For", "198.51.100.1"},
                    {"x-forwarded-for", "192.0.2.7"},
                    {"X-Forwarded-For", "10.0.0.2, 10.0.0.3"}}),
            "192.0.2.7");
}

TEST(TrustedProxiesTest, AMalformedHeaderLeavesThePeer) {
  for (const char* malformed : {"",
                                " ",
                                ",",
                                "192.0.2.7,",
                                "unknown",
                                "192.0.2",
                                "192.0.2.256",
                                "192.0.2.7.",
                                "0x7f.1",
                                "192.0.2.7 192.0.2.8",
                                "192.0.2.7, unknown",
                                "192.0.2.7, [10.0.0.2]",
                                "192.0.2.7:",
                                "192.0.2.7:65536",
                                "192.0.2.7:-1",
                                "[2001:db8::7",
                                "2001:db8::7]",
                                "[]",
                                "[]:80",
                                "2001:db8:::7",
                                "192.0.2.0/24",
                                "for=192.0.2.7"}) {
    EXPECT_EQ(Client("10.0.0.0/8", "10.0.0.1", malformed), "10.0.0.1") << malformed;
  }
  EXPECT_EQ(Client("10.0.0.0/8", "10.0.0.1", std::string("192.0.2.7\0", 10)), "10.0.0.1");
}

TEST(TrustedProxiesTest, WhereAllAreTrustedOrNoneIsNamedItIsThePeer) {
  EXPECT_EQ(Client("10.0.0.0/8", "10.0.0.1", "10.0.0.3, 10.0.0.2"), "10.0.0.1");
  EXPECT_EQ(Client("10.0.0.0/8", "10.0.0.1", HeaderFields{}), "10.0.0.1");
  EXPECT_EQ(Client("0.0.0.0/0,::/0", "192.0.2.1", "192.0.2.7"), "192.0.2.1");
}

TEST(TrustedProxiesTest, AnAddressHasOneForm) {
  EXPECT_EQ(Client("10.0.0.1", "10.0.0.1", "192.0.2.7:4711"), "192.0.2.7");
  EXPECT_EQ(Client("10.0.0.1", "10.0.0.1", "::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(Client("10.0.0.1", "10.0.0.1", "[2001:DB8:0::7]:4711"), "2001:db8::7");
  EXPECT_EQ(Client("10.0.0.1", "10.0.0.1", "[2001:db8::7]"), "2001:db8::7");
  EXPECT_EQ(Client("10.0.0.1", "10.0.0.1", "2001:db8::7:80"), "2001:db8::7:80");
  EXPECT_EQ(Client("", "::ffff:192.0.2.7", ""), "192.0.2.7");
}

TEST(TrustedProxiesTest, WhatIsNoNetworkIsRefusedByName) {
  const std::string expected =
      " is no address or network; expected one such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32";
  EXPECT_EQ(ErrorOf("proxy.example"), "\"proxy.example\"" + expected);
  EXPECT_EQ(ErrorOf("192.0.2.1,"), "\"\"" + expected);
  EXPECT_EQ(ErrorOf("192.0.2.1 192.0.2.2"), "\"192.0.2.1 192.0.2.2\"" + expected);
  EXPECT_EQ(ErrorOf("192.0.2.1:80"), "\"192.0.2.1:80\"" + expected);
  EXPECT_EQ(ErrorOf("/8"), "\"/8\"" + expected);
  for (const std::string prefix : {"", "33", "-1", "+1", "8x", "99999999999"}) {
    EXPECT_EQ(ErrorOf("192.0.2.1, 10.0.0.0/" + prefix + ",::1"),
              "\"10.0.0.0/" + prefix +
                  "\" is no address or network; expected a number of bits from 0 to 32 after the "
                  "slash")
        << prefix;
  }
  EXPECT_NE(ErrorOf("::/129").find("from 0 to 128"), std::string::npos);
  EXPECT_EQ(ErrorOf("10.1.2.3/8"),
            "\"10.1.2.3/8\" is no address or network; its network begins at 10.0.0.0/8");
  EXPECT_EQ(ErrorOf("2001:db8::1/32"),
            "\"2001:db8::1/32\" is no address or network; its network begins at 2001:db8::/32");
  for (const char* good : {"0.0.0.0/0", "::/0", "192.0.2.1/32", "::1/128", "::ffff:10.0.0.0/104"}) {
    EXPECT_EQ(ErrorOf(good), "(accepted)") << good;
  }
}

}  // namespace
}  // namespace shop::http
