// The in-process binding against a direct call of the handler.

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <thread>

#include "goods.h"
#include "products/module.h"
#include "seam/binding/call_counts.h"
#include "seam/binding/codec_channel.h"
#include "seam/binding/guard.h"
#include "seam/binding/threaded_channel.h"
#include "seam/core/context_scope.h"
#include "seam/core/mutex.h"
#include "seam/core/transaction_scope.h"
#include "seam/identity/token_verifier.h"
#include "seam/testing/temporary_folder.h"
#include "seam/testing/test_tokens.h"
#include "seam/wire/message.h"
#include "shop/products/v1/products_codec.h"
#include "shop/products/v1/products_contract.h"
#include "shop/products/v1/products_in_process.h"
#include "shop/products/v1/products_remote.h"
#include "shop/products/v1/products_servicer.h"
#include "shop/products/v1/products_throwing.h"
#include "suites.h"

namespace bench {
namespace {

using namespace shop::products::v1;  // NOLINT(google-build-using-namespace)

// The client without its guards: what is left is the way from the caller to the handler.
class BareClient final : public ProductsClient {
 public:
  explicit BareClient(ProductsHandler& handler) : handler_(handler) {}

#define FORWARD(method)                                                            \
  seam::Result<method##Response> method(const seam::Context& context,              \
                                        const method##Request& request) override { \
    return handler_.method(context, request);                                      \
  }
  FORWARD(GetProduct)
  FORWARD(BatchGetProducts)
  FORWARD(ListProducts)
  FORWARD(CreateProduct)
  FORWARD(UpdateProduct)
  FORWARD(DeleteProduct)
  FORWARD(ReserveStock)
  FORWARD(ConfirmReservation)
  FORWARD(ReleaseReservation)
#undef FORWARD

 private:
  ProductsHandler& handler_;
};

// Hides from the compiler which class is behind the pointer, as it is hidden in a program.
template <class T>
T& Opaque(T& object) {
  T* pointer = &object;
  asm volatile("" : "+r"(pointer));
  return *pointer;
}

template <class Port>
auto GetProductOn(Port& port, const seam::Context& context, const std::string& id) {
  return [&port, &context, request = GetProductRequest{.id = id}](std::size_t times) {
    for (std::size_t i = 0; i < times; ++i) Keep(port.GetProduct(context, request));
  };
}

template <class Port>
auto DeleteProductOn(Port& port, const seam::Context& context) {
  return [&port, &context, request = DeleteProductRequest{}](std::size_t times) {
    for (std::size_t i = 0; i < times; ++i) Keep(port.DeleteProduct(context, request));
  };
}

// The same on two threads at once; a time is that of one thread's call.
std::function<void(std::size_t)> OnTwoThreads(std::function<void(std::size_t)> run) {
  return [run = std::move(run)](std::size_t times) {
    std::thread other([&] { run(times); });
    run(times);
    other.join();
  };
}

void BenchRealModule(Report& report) {
  report.progress("GetProduct of the real module on SQLite");
  const seam::testing::TemporaryFolder folder;
  const seam::testing::TestTokens tokens;
  const seam::TokenVerifier verifier(tokens.Source(), {});
  auto opened = shop::products::OpenProducts(
      {.database = {.sqlite_file = folder / "products.sqlite"}}, verifier);
  if (!opened) {
    std::fprintf(stderr, "bench: %s\n", ToString(opened.error()).c_str());
    std::abort();
  }
  ProductsHandler& module = Opaque(**opened);
  const Product product = TypicalProduct();
  const auto created =
      module.CreateProduct(tokens.As("the bench", {"admin"}), {.id = product.id,
                                                               .name = product.name,
                                                               .description = product.description,
                                                               .price = product.price,
                                                               .stock = product.stock});
  if (!created) {
    std::fprintf(stderr, "bench: %s\n", ToString(created.error()).c_str());
    std::abort();
  }
  ProductsInProcessClient in_process(module);
  ProductsClient& client = Opaque<ProductsClient>(in_process);
  const seam::Context context = seam::Context().WithTimeout(std::chrono::hours(1));
  const auto measured = Race({{"client", GetProductOn(client, context, product.id)},
                              {"module", GetProductOn(module, context, product.id)}},
                             report.effort());
  report.rows.push_back({"in-process", "GetProduct on SQLite, with a deadline",
                         "the same call on the module", measured[0].nanoseconds,
                         measured[1].nanoseconds, 1.05});
  report.real_call_ns = measured[0].nanoseconds;
}

void BenchDispatch(Report& report) {
  report.progress("dispatch alone");
  MemoryProducts memory;
  ProductsHandler& handler = Opaque<ProductsHandler>(memory);
  BareClient bare(handler);
  ProductsClient& client = Opaque<ProductsClient>(bare);
  const seam::Context context;
  const std::string id = TypicalProduct().id;
  struct Case {
    const char* name;
    std::function<void(std::size_t)> seam;
    std::function<void(std::size_t)> direct;
    double goal;
  };
  const std::vector<Case> cases = {
      {"dispatch alone, a product as reply", GetProductOn(client, context, id),
       GetProductOn(handler, context, id), 1.2},
      {"dispatch alone, a product, two threads", OnTwoThreads(GetProductOn(client, context, id)),
       OnTwoThreads(GetProductOn(handler, context, id)), 1.2},
      // Where nothing but the dispatch is left to see.
      {"dispatch alone, an empty reply", DeleteProductOn(client, context),
       DeleteProductOn(handler, context), 1.2},
      {"dispatch alone, an empty reply, two threads",
       OnTwoThreads(DeleteProductOn(client, context)),
       OnTwoThreads(DeleteProductOn(handler, context)), 1.2},
  };
  for (const Case& measured_case : cases) {
    const auto measured =
        Race({{"seam", measured_case.seam}, {"direct", measured_case.direct}}, report.effort());
    report.rows.push_back({"in-process", measured_case.name, "a virtual call of the handler",
                           measured[0].nanoseconds, measured[1].nanoseconds, measured_case.goal});
  }
}

void BenchGuards(Report& report) {
  report.progress("the guards of the in-process binding");
  MemoryProducts memory;
  ProductsHandler& handler = Opaque<ProductsHandler>(memory);
  ProductsInProcessClient in_process(handler);
  ProductsClient& client = Opaque<ProductsClient>(in_process);
  seam::CallCounts counts;
  seam::CallRules counting;
  counting.on_call = counts.Of("products", kProductsService);
  ProductsInProcessClient counted(handler, counting);
  ProductsClient& counted_client = Opaque<ProductsClient>(counted);
  const seam::Context plain;
  const seam::Context limited = seam::Context().WithTimeout(std::chrono::hours(1));
  const seam::CallRules rules;
  const seam::Context entered = seam::Context().Entering("shop.orders.v1.Orders");
  seam::Mutex seam_mutex("bench");
  std::mutex std_mutex;
  const ThrowingProducts throwing(client, std::chrono::hours(1));
  ProductsServicer servicer(handler);
  seam::CodecChannel codec(servicer);
  ProductsRemoteClient through_codec(codec);
  ProductsClient& codec_client = Opaque<ProductsClient>(through_codec);
  seam::ThreadedChannel threads(servicer, {}, seam::kDefaultHandlerThreads);
  ProductsRemoteClient on_threads(threads);
  ProductsClient& returning_client = Opaque<ProductsClient>(on_threads);
  const GetProductRequest request{.id = TypicalProduct().id};
  const GetProductResponse reply{.product = TypicalProduct()};

  const auto measured = Race(
      {
          {"a direct call of a handler over memory", GetProductOn(handler, plain, request.id)},
          {"the same through the in-process client, no deadline",
           GetProductOn(client, plain, request.id)},
          {"the same through the in-process client, no deadline, counted",
           GetProductOn(counted_client, plain, request.id)},
          {"the same through the in-process client, with a deadline",
           GetProductOn(client, limited, request.id)},
          {"the same through the throwing adapter, whose deadline it is",
           [&](std::size_t times) {
             for (std::size_t i = 0; i < times; ++i) Keep(throwing.GetProduct(request));
           }},
          {"the same through in-process-codec, with a deadline",
           GetProductOn(codec_client, limited, request.id)},
          {"the same with return_at_deadline, either binding",
           GetProductOn(returning_client, limited, request.id)},
          {"  no transaction, no mutex, a chain begins (reads a thread-local)",
           [&](std::size_t times) {
             for (std::size_t i = 0; i < times; ++i) {
               Keep(seam::internal::CheckMayCall(rules, kProductsGetProduct, plain).has_value());
             }
           }},
          {"  no transaction, no mutex, in the handler of another module",
           [&](std::size_t times) {
             for (std::size_t i = 0; i < times; ++i) {
               Keep(seam::internal::CheckMayCall(rules, kProductsGetProduct, entered).has_value());
             }
           }},
          {"  context with the service on its chain, which begins",
           [&](std::size_t times) {
             for (std::size_t i = 0; i < times; ++i) {
               Keep(seam::Context(plain).Entering(kProductsGetProduct.service()));
             }
           }},
          {"  context with the service on its chain, in the handler of another module",
           [&](std::size_t times) {
             for (std::size_t i = 0; i < times; ++i) {
               Keep(seam::Context(entered).Entering(kProductsGetProduct.service()));
             }
           }},
          {"  the handler's context in force on the thread",
           [&](std::size_t times) {
             for (std::size_t i = 0; i < times; ++i) Keep(seam::internal::ContextInForce(plain));
           }},
          {"  a TransactionScope, opened and closed",
           [&](std::size_t times) {
             for (std::size_t i = 0; i < times; ++i) Keep(seam::TransactionScope("bench"));
           }},
          {"  a seam::Mutex, locked and unlocked",
           [&](std::size_t times) {
             for (std::size_t i = 0; i < times; ++i) {
               const std::lock_guard lock(seam_mutex);
               Keep(lock);
             }
           }},
          {"  a std::mutex, locked and unlocked",
           [&](std::size_t times) {
             for (std::size_t i = 0; i < times; ++i) {
               const std::lock_guard lock(std_mutex);
               Keep(lock);
             }
           }},
          {"  context before the call, no deadline",
           [&](std::size_t times) {
             for (std::size_t i = 0; i < times; ++i) Keep(plain.Check().has_value());
           }},
          {"  context before the call, with a deadline (reads the clock)",
           [&](std::size_t times) {
             for (std::size_t i = 0; i < times; ++i) Keep(limited.Check().has_value());
           }},
          {"  UTF-8 and size of the request (an id)",
           [&](std::size_t times) {
             for (std::size_t i = 0; i < times; ++i) {
               Keep(seam::wire::MeasureMessage(request).has_value());
             }
           }},
          {"  answer not too late, no deadline",
           [&](std::size_t times) {
             for (std::size_t i = 0; i < times; ++i) {
               Keep(seam::internal::CheckNotTooLate(kProductsGetProduct, plain).has_value());
             }
           }},
          {"  answer not too late, with a deadline (reads the clock)",
           [&](std::size_t times) {
             for (std::size_t i = 0; i < times; ++i) {
               Keep(seam::internal::CheckNotTooLate(kProductsGetProduct, limited).has_value());
             }
           }},
          {"  UTF-8 and size of the reply (a product)",
           [&](std::size_t times) {
             for (std::size_t i = 0; i < times; ++i) {
               Keep(seam::wire::MeasureMessage(reply).has_value());
             }
           }},
      },
      report.effort());
  report.costs.insert(report.costs.end(), measured.begin(), measured.end());
}

}  // namespace

void BenchInProcess(Report& report) {
  BenchRealModule(report);
  BenchDispatch(report);
  BenchGuards(report);
}

}  // namespace bench
