#ifndef SEAM_CORE_CONTRACT_H_
#define SEAM_CORE_CONTRACT_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace seam {

// What a contract says of itself, as constant data that the generator writes. All of it lives as
// long as the program.

// protobuf's idempotency_level: what may be done with a call whose answer did not arrive.
enum class Idempotency : std::uint8_t {
  kUnknown,        // Neither retried nor shadowed.
  kNoSideEffects,  // May be retried and shadowed.
  kIdempotent,     // May be retried.
};

struct MethodContract {
  // "/shop.products.v1.Products/GetProduct", as gRPC names it: a slash, the service, a slash,
  // `name`.
  std::string_view path;
  std::string_view name;
  Idempotency idempotency = Idempotency::kUnknown;
  std::size_t index = 0;  // Position in ServiceContract::methods.

  // The full name of the service: "shop.products.v1.Products".
  [[nodiscard]] constexpr std::string_view service() const noexcept {
    return path.size() < name.size() + 2 ? path : path.substr(1, path.size() - name.size() - 2);
  }
};

struct FileContract {
  std::string_view name;        // "shop/products/v1/products.proto"
  std::string_view descriptor;  // A serialized google.protobuf.FileDescriptorProto.
  // The imported files; those of google/protobuf, which every protobuf library has, are left out.
  const FileContract* const* imports = nullptr;
  std::size_t import_count = 0;
};

struct ServiceContract {
  std::string_view full_name;  // "shop.products.v1.Products"
  const MethodContract* methods = nullptr;
  std::size_t method_count = 0;
  const FileContract* file = nullptr;
};

}  // namespace seam

#endif  // SEAM_CORE_CONTRACT_H_
