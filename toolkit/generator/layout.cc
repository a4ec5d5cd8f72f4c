#include "generator/layout.h"

#include <google/protobuf/descriptor.pb.h>

#include <algorithm>

#include "generator/names.h"

namespace seam::generator {

namespace {

namespace pb = google::protobuf;

void CollectMessages(const pb::Descriptor& message, std::vector<const pb::Descriptor*>& messages) {
  if (message.options().map_entry()) return;
  messages.push_back(&message);
  for (int i = 0; i < message.nested_type_count(); ++i) {
    CollectMessages(*message.nested_type(i), messages);
  }
}

// The message that a field holds, singular, repeated or as a map's value; null when it holds none.
const pb::Descriptor* HeldMessage(const pb::FieldDescriptor& field) {
  if (field.is_map()) return field.message_type()->map_value()->message_type();
  return field.message_type();
}

// Tarjan's algorithm: groups of messages that contain one another, what is contained first
// (https://doi.org/10.1137/0201010).
class Cycles {
 public:
  explicit Cycles(const pb::FileDescriptor& file) : file_(file) {
    std::vector<const pb::Descriptor*> messages;
    for (int i = 0; i < file.message_type_count(); ++i) {
      CollectMessages(*file.message_type(i), messages);
    }
    for (std::size_t i = 0; i < messages.size(); ++i) position_[messages[i]] = i;
    for (const pb::Descriptor* message : messages) {
      if (index_.count(message) == 0) Visit(*message);
    }
  }

  [[nodiscard]] const std::vector<std::vector<const pb::Descriptor*>>& groups() const {
    return groups_;
  }

 private:
  void Visit(const pb::Descriptor& message) {
    const std::size_t index = index_.size();
    index_[&message] = index;
    std::size_t low = index;
    stack_.push_back(&message);
    for (int i = 0; i < message.field_count(); ++i) {
      const pb::Descriptor* held = HeldMessage(*message.field(i));
      if (held == nullptr || held->file() != &file_) continue;
      if (index_.count(held) == 0) Visit(*held);
      if (std::find(stack_.begin(), stack_.end(), held) != stack_.end()) {
        low = std::min(low, low_.count(held) > 0 ? low_[held] : index_[held]);
      }
    }
    low_[&message] = low;
    if (low != index) return;
    const auto begin = std::find(stack_.begin(), stack_.end(), &message);
    std::vector<const pb::Descriptor*> group(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    std::sort(group.begin(), group.end(), [this](const pb::Descriptor* a, const pb::Descriptor* b) {
      return position_.at(a) < position_.at(b);
    });
    groups_.push_back(std::move(group));
  }

  const pb::FileDescriptor& file_;
  std::map<const pb::Descriptor*, std::size_t> position_;
  std::map<const pb::Descriptor*, std::size_t> index_;
  std::map<const pb::Descriptor*, std::size_t> low_;
  std::vector<const pb::Descriptor*> stack_;
  std::vector<std::vector<const pb::Descriptor*>> groups_;
};

}  // namespace

const std::vector<const pb::Descriptor*>& Layout::Order(const pb::FileDescriptor& file) {
  return OrderOf(file).order;
}

const Layout::FileOrder& Layout::OrderOf(const pb::FileDescriptor& file) {
  const auto [found, is_new] = orders_.try_emplace(&file);
  FileOrder& order = found->second;
  if (is_new) {
    const Cycles cycles(file);
    for (std::size_t i = 0; i < cycles.groups().size(); ++i) {
      for (const pb::Descriptor* message : cycles.groups()[i]) {
        order.order.push_back(message);
        order.cycle[message] = i;
      }
    }
  }
  return order;
}

bool Layout::IsInCycle(const pb::FieldDescriptor& field) {
  const pb::Descriptor* held = field.message_type();
  if (held->file() != field.file()) return false;
  const FileOrder& order = OrderOf(*field.file());
  return order.cycle.at(held) == order.cycle.at(field.containing_type());
}

bool Layout::IsBoxed(const pb::FieldDescriptor& field) {
  return IsInCycle(field) || ExtentOf(*field.message_type()).size > kLargestInline;
}

bool Layout::IsBoxable(const pb::Descriptor& message) {
  if (ExtentOf(message).size > kLargestInline) return true;
  for (const pb::Descriptor* holder : Order(*message.file())) {
    for (int i = 0; i < holder->field_count(); ++i) {
      const pb::FieldDescriptor& field = *holder->field(i);
      if (!field.is_repeated() && field.message_type() == &message && IsInCycle(field)) return true;
    }
  }
  return false;
}

Layout::Extent Layout::ExtentOf(const pb::Descriptor& message) {
  if (IsWellKnown(message)) return {16, 8};
  if (const auto known = extents_.find(&message); known != extents_.end()) return known->second;
  Extent whole{8, 8};  // Unknown fields, counted also where an option drops them.
  const auto add = [&whole](Extent extent) {
    const std::size_t rest = whole.size % extent.alignment;
    whole.size += (rest == 0 ? 0 : extent.alignment - rest) + extent.size;
    whole.alignment = std::max(whole.alignment, extent.alignment);
  };
  for (int i = 0; i < message.field_count(); ++i) {
    if (message.field(i)->real_containing_oneof() == nullptr) add(ExtentOf(*message.field(i)));
  }
  for (int i = 0; i < message.real_oneof_decl_count(); ++i) {
    Extent largest{0, 4};
    for (int j = 0; j < message.oneof_decl(i)->field_count(); ++j) {
      const Extent alternative = ExtentOf(*message.oneof_decl(i)->field(j));
      largest.size = std::max(largest.size, alternative.size);
      largest.alignment = std::max(largest.alignment, alternative.alignment);
    }
    largest.size += largest.alignment;  // The case.
    add(largest);
  }
  whole.size = (whole.size + whole.alignment - 1) / whole.alignment * whole.alignment;
  return extents_[&message] = whole;
}

Layout::Extent Layout::ExtentOf(const pb::FieldDescriptor& field) {
  if (field.is_map()) return {48, 8};
  if (field.is_repeated()) return {field.type() == pb::FieldDescriptor::TYPE_BOOL ? 40U : 24U, 8};
  Extent extent;
  switch (field.cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_MESSAGE:
      if (IsBoxed(field)) return {8, 8};
      extent = ExtentOf(*field.message_type());
      break;
    case pb::FieldDescriptor::CPPTYPE_STRING: extent = {32, 8}; break;
    case pb::FieldDescriptor::CPPTYPE_BOOL: extent = {1, 1}; break;
    case pb::FieldDescriptor::CPPTYPE_INT64:
    case pb::FieldDescriptor::CPPTYPE_UINT64:
    case pb::FieldDescriptor::CPPTYPE_DOUBLE: extent = {8, 8}; break;
    default: extent = {4, 4};
  }
  const bool is_optional = field.has_presence() && field.real_containing_oneof() == nullptr;
  return is_optional ? Extent{extent.size + extent.alignment, extent.alignment} : extent;
}

}  // namespace seam::generator
