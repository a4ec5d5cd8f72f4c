#include "comparison.h"

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/reflection.h>
#include <google/protobuf/timestamp.pb.h>

#include "compare.h"
#include "matrix/v1/matrix_codec.h"

namespace property {

namespace {

namespace pb = google::protobuf;

// Seam's Timestamp and Duration have no unknown fields.
void ForgetTimes(pb::Message& message) {
  const pb::Reflection& reflection = *message.GetReflection();
  if (message.GetDescriptor() == pb::Timestamp::descriptor() ||
      message.GetDescriptor() == pb::Duration::descriptor()) {
    reflection.MutableUnknownFields(&message)->Clear();
    return;
  }
  std::vector<const pb::FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const pb::FieldDescriptor* field : fields) {
    if (field->cpp_type() != pb::FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (field->is_map() && field->message_type()->map_value()->message_type() == nullptr) continue;
    if (!field->is_repeated()) {
      ForgetTimes(*reflection.MutableMessage(&message, field));
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      ForgetTimes(*reflection.MutableRepeatedMessage(&message, field, i));
    }
  }
}

template <class Ours>
void Decode(std::string_view bytes) {
  static_cast<void>(seam::wire::DecodeMessage<Ours>(bytes));
}

template <class Ours, class Theirs>
Root RootOf(std::string_view name) {
  return {name, &Theirs::default_instance(), &Compare<Ours, Theirs>, &CompareFilled<Ours, Theirs>,
          &Decode<Ours>};
}

}  // namespace

std::optional<bool> Oracle::Parse(std::string_view bytes, pb::Message& parsed) {
  const int size = static_cast<int>(bytes.size());
  const bool accepted = parsed.ParseFromArray(bytes.data(), size);
  const std::unique_ptr<pb::Message> dynamic(factory_.GetPrototype(parsed.GetDescriptor())->New());
  if (dynamic->ParseFromArray(bytes.data(), size) != accepted) return std::nullopt;
  if (!accepted) return false;
  // A DynamicMessage keeps a map's entries as they came, unknown fields and all, until it is read
  // again. And what protoc generates takes only the lowest 32 bits of a bool in a map's entry,
  // which no other parser does: where the values differ, those of the DynamicMessage count.
  const std::string bytes_of_dynamic = DeterministicBytes(*dynamic);
  if (bytes_of_dynamic != DeterministicBytes(parsed)) {
    const std::unique_ptr<pb::Message> again(parsed.New());
    if (again->ParseFromString(bytes_of_dynamic)) parsed.CopyFrom(*again);
  }
  ForgetTimes(parsed);
  return true;
}

std::string DeterministicBytes(const pb::Message& message) {
  std::string bytes;
  {
    pb::io::StringOutputStream stream(&bytes);
    pb::io::CodedOutputStream out(&stream);
    out.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&out);
  }
  return bytes;
}

const std::vector<Root>& Roots() {
#define PROPERTY_ROOT(Type) RootOf<matrix::v1::Type, oracle::matrix::v1::Type>(#Type),
  static const std::vector<Root> kRoots = {PROPERTY_ROOTS(PROPERTY_ROOT)};
#undef PROPERTY_ROOT
  return kRoots;
}

Verdict CompareInput(Oracle& oracle, std::string_view input) {
  if (input.empty()) return {};
  const Root& root = Roots()[static_cast<unsigned char>(input[0]) % Roots().size()];
  return root.compare(oracle, input.substr(1));
}

}  // namespace property
