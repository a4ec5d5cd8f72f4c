#ifndef HTTP_MODULES_H_
#define HTTP_MODULES_H_

#include "seam/identity/token_verifier.h"
#include "seam/observe/peer_contracts.h"
#include "shop/auth/v1/auth_client.h"
#include "shop/inventory/v1/inventory_client.h"
#include "shop/orders/v1/orders_client.h"
#include "shop/products/v1/products_client.h"
#include "shop/users/v1/users_client.h"

namespace shop::http {

// What the HTTP face calls. All of it must outlive the routes that are made with it.
struct Modules {
  auth::v1::AuthClient& auth;
  users::v1::UsersClient& users;
  products::v1::ProductsClient& products;
  inventory::v1::InventoryClient& inventory;
  orders::v1::OrdersClient& orders;
  const seam::TokenVerifier& verifier;
  seam::KeySource keys;  // Asks auth each time, where the verifier keeps what it has heard.
  const seam::PeerContracts& peers;  // Of those that are in other processes.
};

}  // namespace shop::http

#endif  // HTTP_MODULES_H_
