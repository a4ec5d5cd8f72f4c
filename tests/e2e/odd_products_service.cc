// The products service under a contract that has the name of the shop's and is incompatible with
// it: it says that a product's stock is a text. All else is the real one, so that what a caller
// notices comes from the contract alone.

#include <google/protobuf/descriptor.pb.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "products/module.h"
#include "products/process.h"
#include "seam/host/serve_main.h"
#include "shop/products/v1/products_servicer.h"

namespace {

namespace pb = google::protobuf;

std::string OddDescriptor(const seam::FileContract& file) {
  pb::FileDescriptorProto proto;
  proto.ParseFromArray(file.descriptor.data(), static_cast<int>(file.descriptor.size()));
  for (pb::DescriptorProto& message : *proto.mutable_message_type()) {
    for (pb::FieldDescriptorProto& field : *message.mutable_field()) {
      if (message.name() != "Product" || field.name() != "stock") continue;
      field.set_type(pb::FieldDescriptorProto::TYPE_STRING);
    }
  }
  return proto.SerializeAsString();
}

class OddServicer final : public seam::Servicer {
 public:
  explicit OddServicer(shop::products::v1::ProductsHandler& handler) : servicer_(handler) {}

  [[nodiscard]] const seam::ServiceContract& contract() const noexcept override {
    return contract_;
  }
  [[nodiscard]] seam::Result<seam::Buffer> Handle(std::size_t method, const seam::Context& context,
                                                  const seam::Buffer& request) override {
    return servicer_.Handle(method, context, request);
  }

 private:
  // In the order of construction: each uses the ones above it.
  shop::products::v1::ProductsServicer servicer_;
  const seam::FileContract& real_ = *servicer_.contract().file;
  const std::string descriptor_ = OddDescriptor(real_);
  const seam::FileContract file_{real_.name, descriptor_, real_.imports, real_.import_count};
  const seam::ServiceContract contract_{servicer_.contract().full_name,
                                        servicer_.contract().methods,
                                        servicer_.contract().method_count, &file_};
};

}  // namespace

int main(int argc, char** argv) {
  return seam::ServeMain(
      argc, argv, shop::products::ProductsProcess(), [](seam::Host& host) -> seam::Result<void> {
        const auto verifier = host.Verifier();
        if (!verifier) return seam::Forward(verifier.error());
        const auto database = host.Database("products");
        if (!database) return seam::Forward(database.error());
        auto module = shop::products::OpenProducts({.database = *database}, **verifier);
        if (!module) return seam::Forward(module.error());
        host.Serve<OddServicer>(*std::move(module));
        return {};
      });
}
