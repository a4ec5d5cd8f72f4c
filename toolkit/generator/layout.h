#ifndef SEAM_GENERATOR_LAYOUT_H_
#define SEAM_GENERATOR_LAYOUT_H_

#include <google/protobuf/descriptor.h>

#include <cstddef>
#include <map>
#include <vector>

namespace seam::generator {

// Decides where the structs of a file go and which members are boxed. Looks at descriptors alone,
// so that a file which uses another file's messages decides as that file's own output did.
// Remembers what it found; not thread-safe.
class Layout {
 public:
  // A message larger than this is boxed where another one holds it: a struct with a dozen of them
  // would otherwise cost its size on every move.
  static constexpr std::size_t kLargestInline = 256;

  // The file's messages, nested ones and no map entries, such that what a struct holds by value
  // stands before it; in the proto's order otherwise.
  [[nodiscard]] const std::vector<const google::protobuf::Descriptor*>& Order(
      const google::protobuf::FileDescriptor& file);

  // Whether a singular field of message type lies in a Boxed: its message is large, or contains
  // itself by way of this field.
  [[nodiscard]] bool IsBoxed(const google::protobuf::FieldDescriptor& field);

  // Whether any field, of this file or of another, may be a Boxed of the message.
  [[nodiscard]] bool IsBoxable(const google::protobuf::Descriptor& message);

 private:
  struct Extent {
    std::size_t size = 0;
    std::size_t alignment = 1;
  };
  struct FileOrder {
    std::vector<const google::protobuf::Descriptor*> order;
    std::map<const google::protobuf::Descriptor*, std::size_t> cycle;  // The same in one cycle.
  };

  const FileOrder& OrderOf(const google::protobuf::FileDescriptor& file);
  bool IsInCycle(const google::protobuf::FieldDescriptor& field);

  // An estimate, with the sizes that libstdc++ has on 64-bit machines; only a threshold is at
  // stake.
  Extent ExtentOf(const google::protobuf::Descriptor& message);
  Extent ExtentOf(const google::protobuf::FieldDescriptor& field);

  std::map<const google::protobuf::FileDescriptor*, FileOrder> orders_;
  std::map<const google::protobuf::Descriptor*, Extent> extents_;
};

}  // namespace seam::generator

#endif  // SEAM_GENERATOR_LAYOUT_H_
