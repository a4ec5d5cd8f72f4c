#ifndef SEAM_TOOL_STRUCTURE_CONTRACT_HEADERS_INTERNAL_H_
#define SEAM_TOOL_STRUCTURE_CONTRACT_HEADERS_INTERNAL_H_

#include <string>
#include <string_view>

namespace seam::structure {

// "shop/products/v1/products" of ".../shop/products/v1/products_client.h" as it is spelled: what a
// contract's generated files have in common. Empty for a header that does not end so.
inline std::string ContractOf(std::string_view header, std::string_view end) {
  const bool is_one =
      header.size() >= end.size() && header.substr(header.size() - end.size()) == end;
  return is_one ? std::string(header.substr(0, header.size() - end.size())) : "";
}

// What callers include.
inline std::string ContractOfClient(std::string_view header) {
  const std::string contract = ContractOf(header, "_client.h");
  return contract.empty() ? ContractOf(header, "_throwing.h") : contract;
}

// What the module includes that answers them.
inline std::string ContractOfHandler(std::string_view header) {
  return ContractOf(header, "_handler.h");
}

// What listeners include, and what the module includes that tells them.
inline std::string ContractOfSubscriber(std::string_view header) {
  return ContractOf(header, "_subscriber.h");
}
inline std::string ContractOfPublisher(std::string_view header) {
  return ContractOf(header, "_publisher.h");
}

}  // namespace seam::structure

#endif  // SEAM_TOOL_STRUCTURE_CONTRACT_HEADERS_INTERNAL_H_
