// The generated codec against libprotobuf: a plain struct to bytes and back, which with libprotobuf
// takes filling a message and serialising it, and parsing one and reading it out. libprotobuf may
// keep its message from one time to the next, as a careful program does, or make a new one: what is
// faster counts.

#include <algorithm>
#include <string>

#include "bench/products/v1/products.pb.h"
#include "by_protobuf.h"
#include "goods.h"
#include "seam/wire/message.h"
#include "shop/products/v1/products_codec.h"
#include "suites.h"

namespace bench {
namespace {

using shop::products::v1::ListProductsResponse;
using shop::products::v1::Product;

double Faster(const Measured& one, const Measured& other) {
  return std::min(one.nanoseconds, other.nanoseconds);
}

template <class Struct, class Message>
void Compare(Report& report, const std::string& what, const Struct& value) {
  report.progress("the codec on " + what);
  const auto encoded = seam::wire::EncodeMessage(value);
  const std::string bytes(encoded->bytes());

  const auto writing = Race({{"seam",
                              [&](std::size_t times) {
                                for (std::size_t i = 0; i < times; ++i)
                                  Keep(seam::wire::EncodeMessage(value));
                              }},
                             {"protobuf",
                              [&](std::size_t times) {
                                for (std::size_t i = 0; i < times; ++i) {
                                  Message message;
                                  Fill(value, message);
                                  Keep(message.SerializeAsString());
                                }
                              }},
                             {"protobuf, the same message",
                              [&, message = Message()](std::size_t times) mutable {
                                for (std::size_t i = 0; i < times; ++i) {
                                  message.Clear();
                                  Fill(value, message);
                                  Keep(message.SerializeAsString());
                                }
                              }}},
                            report.effort());
  report.rows.push_back({"codec", what + " to " + std::to_string(bytes.size()) + " bytes",
                         "protobuf: fill and serialise", writing[0].nanoseconds,
                         Faster(writing[1], writing[2]), 0.5});

  const auto reading = Race({{"seam",
                              [&](std::size_t times) {
                                for (std::size_t i = 0; i < times; ++i) {
                                  Keep(seam::wire::DecodeMessage<Struct>(bytes));
                                }
                              }},
                             {"protobuf",
                              [&](std::size_t times) {
                                for (std::size_t i = 0; i < times; ++i) {
                                  Message message;
                                  Keep(message.ParseFromString(bytes));
                                  Struct read;
                                  ReadOut(message, read);
                                  Keep(read);
                                }
                              }},
                             {"protobuf, the same message",
                              [&, message = Message()](std::size_t times) mutable {
                                for (std::size_t i = 0; i < times; ++i) {
                                  Keep(message.ParseFromString(bytes));
                                  Struct read;
                                  ReadOut(message, read);
                                  Keep(read);
                                }
                              }}},
                            report.effort());
  report.rows.push_back({"codec", what + " from bytes", "protobuf: parse and read out",
                         reading[0].nanoseconds, Faster(reading[1], reading[2]), 0.6});
}

}  // namespace

void BenchCodec(Report& report) {
  Compare<Product, bench::products::v1::Product>(report, "one product", TypicalProduct());
  Compare<ListProductsResponse, bench::products::v1::ListProductsResponse>(
      report, "a list of 100 products", ProductList(100));
}

}  // namespace bench
