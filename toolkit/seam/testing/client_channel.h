#ifndef SEAM_TESTING_CLIENT_CHANNEL_H_
#define SEAM_TESTING_CLIENT_CHANNEL_H_

#include <string>
#include <type_traits>
#include <utility>

#include "seam/core/buffer.h"
#include "seam/core/channel.h"
#include "seam/core/context.h"
#include "seam/core/contract.h"
#include "seam/core/result.h"
#include "seam/wire/reader.h"
#include "seam/wire/well_known.h"
#include "seam/wire/writer.h"

namespace seam::testing {

namespace internal {

template <class T, class = void>
struct HasCodec : std::false_type {};
template <class T>
struct HasCodec<
    T, std::void_t<decltype(Decode(std::declval<wire::Reader&>(), std::declval<T&>())),
                   decltype(Encode(std::declval<const T&>(), std::declval<wire::Writer&>()))>>
    : std::true_type {};

}  // namespace internal

// A client of any binding as a channel, the other way round than a remote client: bytes in, the
// client called with the struct, bytes out. What works on channels thereby works on every binding,
// the in-process one included. `Seam` is a generated XSeam; its contract's X_codec.h must be
// included, and those of the protos whose messages its methods use.
//
// It checks nothing, so that what the client refuses, and what it should have refused, is seen: a
// request may hold whatever a struct can, and so may a reply. Only bytes that are no message of the
// contract at all fail with INVALID_ARGUMENT, reason MALFORMED_REQUEST, without a call.
//
// Thread-safe; the client must outlive it.
template <class Seam>
class ClientChannel final : public Channel {
 public:
  using Client = typename Seam::Client;

  explicit ClientChannel(Client& client) noexcept : client_(client) {}

  // Completes before it returns.
  void Start(const MethodContract& method, const Context& context, Buffer request,
             Completion& completion) override {
    completion.Complete(Call(method, context, std::move(request)));
  }

  [[nodiscard]] Result<Buffer> Call(const MethodContract& method, const Context& context,
                                    Buffer request) override {
    Result<Buffer> answer = Fail(
        Code::kUnimplemented, "UNKNOWN_METHOD",
        std::string(Seam::contract().full_name) + " has no method " + std::string(method.path));
    Seam::VisitMethods([&](const MethodContract& candidate, auto member) {
      if (candidate.path == method.path) answer = Invoke(member, method, context, request);
    });
    return answer;
  }

 private:
  template <class Reply, class Request>
  Result<Buffer> Invoke(Result<Reply> (Client::*member)(const Context&, const Request&),
                        const MethodContract& method, const Context& context, const Buffer& bytes) {
    static_assert(internal::HasCodec<Request>::value && internal::HasCodec<Reply>::value,
                  "include the X_codec.h of the contract and of the protos that its methods use");
    Request request{};
    wire::Reader in = wire::Reader::OfAnyStruct(bytes.bytes());
    if (!Decode(in, request)) {
      return Fail(
          Code::kInvalidArgument, "MALFORMED_REQUEST",
          "the request of " + std::string(method.path) + " is not a message of its contract");
    }
    Result<Reply> reply = (client_.*member)(context, request);
    if (!reply) return Forward(std::move(reply).error());
    wire::Writer out;
    Encode(*reply, out);
    return out.Finish();
  }

  Client& client_;
};

}  // namespace seam::testing

#endif  // SEAM_TESTING_CLIENT_CHANNEL_H_
