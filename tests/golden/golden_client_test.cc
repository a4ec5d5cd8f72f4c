#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "golden/no_package_codec.h"
#include "golden/no_package_mock.h"
#include "golden/no_package_seam.h"
#include "golden/other/names_codec.h"
#include "golden/other/names_mock.h"
#include "golden/other/names_seam.h"
#include "golden/other/shared_codec.h"
#include "golden/same/2-Path_codec.h"
#include "golden/same/path_seam.h"
#include "golden/v1/annotated_seam.h"
#include "golden/v1/deprecated_codec.h"
#include "golden/v1/deprecated_mock.h"
#include "golden/v1/deprecated_seam.h"
#include "golden/v1/deprecated_throwing.h"
#include "golden/v1/domain_events_codec.h"
#include "golden/v1/domain_events_contract.h"
#include "golden/v1/domain_events_mock.h"
#include "golden/v1/domain_events_publisher.h"
#include "golden/v1/maps_codec.h"
#include "golden/v1/nested_codec.h"
#include "golden/v1/oneofs_codec.h"
#include "golden/v1/recursive_codec.h"
#include "golden/v1/scalars_codec.h"
#include "golden/v1/services_mock.h"
#include "golden/v1/services_seam.h"
#include "golden/v1/services_throwing.h"
#include "seam/binding/codec_channel.h"
#include "seam/core/context_scope.h"
#include "seam/wire/message.h"

namespace golden::v1 {
namespace {

using ::testing::_;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::Return;

template <class T>
T Trip(const T& message) {
  const auto bytes = seam::wire::EncodeMessage(message);
  EXPECT_EQ(bytes->size(), seam::wire::MeasureMessage(message).value());
  return seam::wire::DecodeMessage<T>(bytes->bytes()).value();
}

// What follows is the wire format of T, as bytes in a literal that may hold NULs.
template <class T, std::size_t kSize>
seam::Result<T> Decoded(const char (&bytes)[kSize]) {
  return seam::wire::DecodeMessage<T>(std::string_view(bytes, kSize - 1));
}

TEST(Structs, AreAggregatesThatMoveWithoutThrowing) {
  static_assert(std::is_aggregate_v<Scalars>);
  static_assert(std::is_aggregate_v<Oneofs>);
  static_assert(std::is_aggregate_v<Tree>);
  static_assert(std::is_nothrow_move_constructible_v<Scalars>);
  static_assert(std::is_nothrow_move_constructible_v<Oneofs>);
  static_assert(std::is_nothrow_move_constructible_v<Tree>);
  static_assert(std::is_nothrow_move_constructible_v<Expression>);
  EXPECT_EQ((Scalars{.f_int32 = 5}).f_int32, 5);
}

TEST(Structs, TripThroughTheWireUnchanged) {
  Scalars scalars;
  scalars.f_double = -0.0;
  scalars.f_float = std::numeric_limits<float>::infinity();
  scalars.f_int32 = std::numeric_limits<std::int32_t>::min();
  scalars.f_int64 = -1;
  scalars.f_uint64 = std::numeric_limits<std::uint64_t>::max();
  scalars.f_sint32 = std::numeric_limits<std::int32_t>::min();
  scalars.f_sint64 = std::numeric_limits<std::int64_t>::min();
  scalars.f_sfixed32 = -5;
  scalars.f_fixed64 = 0x0102030405060708;
  scalars.f_bool = true;
  scalars.f_string = std::string("a\0\xC3\xBC", 4);
  scalars.f_bytes = "\xFF";
  scalars.f_color = static_cast<Color>(77);

  const Scalars trip = Trip(scalars);

  EXPECT_EQ(trip, scalars);
  EXPECT_TRUE(std::signbit(trip.f_double));
}

TEST(Structs, KeepPresenceApartFromDefaults) {
  Optionals message;
  EXPECT_EQ(Trip(message), message);
  message.f_int32 = 0;
  message.f_string = "";
  message.f_message.emplace();

  const Optionals trip = Trip(message);

  EXPECT_EQ(trip, message);
  EXPECT_EQ(trip.f_int32, 0);
  EXPECT_EQ(trip.f_string, "");
  EXPECT_TRUE(trip.f_message.has_value());
  EXPECT_FALSE(trip.f_bool.has_value());
}

TEST(Structs, CompareAsIeeeDoes) {
  Scalars a;
  a.f_double = std::numeric_limits<double>::quiet_NaN();
  EXPECT_NE(a, a);
  a.f_double = 0.0;
  Scalars b;
  b.f_double = -0.0;
  EXPECT_EQ(a, b);
}

TEST(Structs, CompareEveryMember) {
  EXPECT_NE((Oneofs{.before = "x"}), Oneofs{});
  EXPECT_NE((Oneofs{.after = "x"}), Oneofs{});
  Oneofs oneofs;
  oneofs.second.set_first_text("x");
  EXPECT_NE(oneofs, Oneofs{});
  Scalars unknown;
  unknown.unknown_fields.Append("\xF8\x07\x01");
  EXPECT_NE(unknown, Scalars{});
}

TEST(Repeated, IsReadPackedAndNot) {
  const auto packed = Decoded<Repeated>("\x1A\x03\x01\x96\x01");
  const auto unpacked = Decoded<Repeated>("\x18\x01\x18\x96\x01");
  ASSERT_TRUE(packed);
  EXPECT_EQ(packed->f_int32, (std::vector<std::int32_t>{1, 150}));
  EXPECT_EQ(packed, unpacked);
  EXPECT_EQ(Decoded<Unpacked>("\x1A\x03\x01\x96\x01")->f_int32, packed->f_int32);
  EXPECT_EQ(seam::wire::EncodeMessage(*packed)->bytes(), "\x1A\x03\x01\x96\x01");
  EXPECT_EQ(seam::wire::EncodeMessage(Unpacked{.f_int32 = {1, 150}})->bytes(),
            "\x18\x01\x18\x96\x01");
  EXPECT_FALSE(Decoded<Repeated>("\x4A\x03\x01\x02\x03")) << "three bytes are no fixed32";
}

TEST(Repeated, TripsThroughTheWireUnchanged) {
  Repeated message;
  message.f_double = {0, -0.5};
  message.f_float = {1.5F};
  message.f_bool = {true, false, true};
  message.f_fixed64.assign(1000, 7);
  message.f_sint32 = {-1, 0, 1};
  message.f_string = {"", "a", ""};
  message.f_bytes = {"\xFF", ""};
  message.f_color = {Color::COLOR_FIRST, Color::COLOR_LAST};
  message.f_message.resize(3);
  message.f_message[1].f_bool = true;
  EXPECT_EQ(Trip(message), message);
}

TEST(Maps, TakeTheLastEntryOfAKeyWhole) {
  // Two entries for "k" with different fields of the value set: they are not merged.
  const auto message = Decoded<Maps>(
      "\x8A\x01\x07\x0A\x01k\x12\x02\x18\x01"
      "\x8A\x01\x07\x0A\x01k\x12\x02\x20\x02");
  ASSERT_TRUE(message);
  ASSERT_EQ(message->messages.size(), 1U);
  EXPECT_EQ(message->messages.at("k").f_int32, 0);
  EXPECT_EQ(message->messages.at("k").f_int64, 2);
}

TEST(Maps, FillInWhatAnEntryLeavesOut) {
  const auto message = Decoded<Maps>("\x72\x00\x72\x03\x12\x01v\x72\x03\x0A\x01k");
  ASSERT_TRUE(message);
  EXPECT_EQ(message->labels, (std::map<std::string, std::string>{{"", "v"}, {"k", ""}}));
}

TEST(Maps, TripThroughTheWireUnchanged) {
  Maps message;
  message.by_int32 = {{-1, 0.5}, {0, 0}, {7, -0.0}};
  message.by_bool = {{false, 1}, {true, -1}};
  message.by_sint64 = {{std::numeric_limits<std::int64_t>::min(), 3}};
  message.labels = {{"", ""}, {"b", "2"}, {"a", "1"}};
  message.blobs = {{3, "\xFF"}};
  message.colors = {{"red", Color::COLOR_RED}, {"?", static_cast<Color>(-9)}};
  message.messages["x"].f_string = "y";
  message.durations["d"] = {-1, -5};
  EXPECT_EQ(Trip(message), message);
}

TEST(Oneof, HoldsOneAlternativeByField) {
  Oneofs message;
  EXPECT_EQ(message.choice.which(), Oneofs_choice::Case::kNotSet);
  EXPECT_EQ(message.choice.f_string(), nullptr);

  message.choice.set_f_string("text");
  message.choice.set_f_bytes("bytes");

  EXPECT_EQ(message.choice.which(), Oneofs_choice::Case::kFBytes);
  EXPECT_EQ(message.choice.f_string(), nullptr);
  ASSERT_NE(message.choice.f_bytes(), nullptr);
  EXPECT_EQ(*message.choice.f_bytes(), "bytes");
  message.choice.clear();
  EXPECT_EQ(message.choice, Oneofs{}.choice);
}

TEST(Oneof, IsAValue) {
  Oneofs_choice large;
  large.emplace_f_large().h = "a text that is too long for its string's own buffer";
  Oneofs_choice copy = large;
  EXPECT_EQ(copy, large);
  copy.f_large()->h = "other";
  EXPECT_NE(copy, large);
  copy = large;
  EXPECT_EQ(copy, large);
  const Oneofs_choice& self = copy;
  copy = self;
  EXPECT_EQ(copy, large);

  Oneofs_choice moved = std::move(copy);
  EXPECT_EQ(moved, large);
  EXPECT_EQ(copy.which(), Oneofs_choice::Case::kNotSet);  // NOLINT(bugprone-use-after-move)
  moved.set_f_int32(0);
  EXPECT_EQ(*moved.f_int32(), 0);
  moved.set_f_large(*large.f_large());
  EXPECT_EQ(moved, large);
}

TEST(Oneof, MergesOneMessageAndReplacesAnother) {
  // f_nothing holds an unknown field 1, then field 2: merged. f_string, then f_bool: replaced.
  const auto merged = Decoded<Oneofs>("\x92\x01\x02\x08\x01\x92\x01\x02\x10\x01");
  ASSERT_TRUE(merged);
  ASSERT_NE(merged->choice.f_nothing(), nullptr);
  EXPECT_EQ(merged->choice.f_nothing()->unknown_fields.bytes(), "\x08\x01\x10\x01");
  const auto replaced = Decoded<Oneofs>("\x7A\x01s\x70\x01");
  ASSERT_TRUE(replaced);
  EXPECT_EQ(replaced->choice.which(), Oneofs_choice::Case::kFBool);
}

TEST(Oneof, HasAlternativesNamedLikeItsOwnMembers) {
  OneofNames message;
  message.delete_.set_CopyFrom("copy");
  EXPECT_EQ(*message.delete_.CopyFrom_(), "copy");
  EXPECT_EQ(Trip(message), message);
  message.delete_.set_OneofNames_delete("constructor");
  EXPECT_EQ(*message.delete_.OneofNames_delete_(), "constructor");
  EXPECT_EQ(Trip(message), message);

  OneofTypes types;
  types.kind.set_case("keyword");
  EXPECT_EQ(*types.kind.case_(), "keyword");
  EXPECT_EQ(Trip(types), types);
  types.kind.set_take(TakeFrom{});
  EXPECT_NE(types.kind.take(), nullptr);
  EXPECT_EQ(Trip(types), types);

  OneofCase other;
  other.kind.set_case_("underscore");
  EXPECT_EQ(*other.kind.case_(), "underscore");
  EXPECT_EQ(Trip(other), other);
}

TEST(Oneof, SendsADefaultThatIsSet) {
  Oneofs message;
  message.choice.set_f_int32(0);
  message.second.set_second_text("");
  message.single.set_only(false);
  EXPECT_EQ(Trip(message), message);
}

TEST(Boxed, IsAValue) {
  Tree tree;
  tree.left.emplace().value = "left";
  Tree copy = tree;
  EXPECT_EQ(copy, tree);
  copy.left->value = "other";
  EXPECT_EQ(tree.left->value, "left");
  EXPECT_NE(copy, tree);

  tree.right = copy;
  EXPECT_EQ(tree.right->left->value, "other");
  tree.right = std::nullopt;
  EXPECT_FALSE(tree.right.has_value());
  EXPECT_TRUE(tree.right == std::nullopt);

  // Taking a part of oneself destroys what held it.
  Tree part = std::move(*copy.left);
  copy.left = std::move(part);
  EXPECT_EQ(copy.left->value, "other");
  tree = Tree(*tree.left);
  EXPECT_EQ(tree.value, "left");
}

TEST(Boxed, TripsThroughTheWireUnchanged) {
  Tree tree{.value = "root"};
  tree.left.emplace().right.emplace().value = "deep";
  tree.more.resize(2);
  tree.more[1].left.emplace();
  EXPECT_EQ(Trip(tree), tree);

  Expression sum;
  sum.kind.emplace_sum().left.emplace().kind.set_number(1);
  sum.kind.sum()->right.emplace().kind.emplace_negated().kind.set_variable("x");
  EXPECT_EQ(Trip(sum), sum);

  Folder folder;
  folder.folders["a"].entries["b"].folder.emplace().folders["c"];
  EXPECT_EQ(Trip(folder), folder);

  HoldsLarge holds;
  holds.large.emplace().a = "a";
  EXPECT_EQ(Trip(holds), holds);
}

Tree Chain(int depth) {
  Tree tree;
  for (int i = 0; i < depth; ++i) {
    Tree outer;
    outer.left = std::move(tree);
    tree = std::move(outer);
  }
  return tree;
}

TEST(Depth, OfAHundredIsTheLimitOnBothSides) {
  const Tree deepest = Chain(100);
  EXPECT_EQ(Trip(deepest), deepest);

  const Tree too_deep = Chain(101);
  const auto encoded = seam::wire::EncodeMessage(too_deep);
  ASSERT_FALSE(encoded);
  EXPECT_EQ(encoded.error().code, seam::Code::kInvalidArgument);
  EXPECT_EQ(encoded.error().reason, "MESSAGE_TOO_DEEP");
  EXPECT_EQ(seam::wire::MeasureMessage(too_deep).error(), encoded.error());

  std::string bytes;
  for (int i = 0; i < 101; ++i) {
    std::string length(1, static_cast<char>(bytes.size() % 128));
    if (bytes.size() >= 128) {
      length = {static_cast<char>(bytes.size() % 128 + 128), static_cast<char>(bytes.size() / 128)};
    }
    bytes.insert(0, "\x12" + length);
    EXPECT_EQ(seam::wire::DecodeMessage<Tree>(bytes).has_value(), i < 100) << i;
  }
}

TEST(Text, ThatIsNotUtf8NamesTheFirstField) {
  const std::string bad = "\xC0\x80";
  Oneofs message{.after = bad};
  message.second.set_second_text(bad);
  message.choice.set_f_string(bad);

  const auto encoded = seam::wire::EncodeMessage(message);

  ASSERT_FALSE(encoded);
  EXPECT_EQ(encoded.error().code, seam::Code::kInvalidArgument);
  EXPECT_EQ(encoded.error().reason, "INVALID_UTF8");
  EXPECT_EQ(encoded.error().metadata.at("field"), "golden.v1.Oneofs.f_string");
  EXPECT_EQ(seam::wire::MeasureMessage(message).error(), encoded.error());
}

TEST(Text, IsCheckedInEveryPlace) {
  const std::string bad = "\xED\xA0\x80";
  const auto field_of = [](const auto& message) {
    const auto result = seam::wire::MeasureMessage(message);
    return result ? std::string() : result.error().metadata.at("field");
  };
  Maps maps;
  maps.labels[bad] = "";
  EXPECT_EQ(field_of(maps), "golden.v1.Maps.labels");
  maps.labels = {{"k", bad}};
  EXPECT_EQ(field_of(maps), "golden.v1.Maps.labels");
  EXPECT_EQ(field_of(Repeated{.f_string = {"", bad}}), "golden.v1.Repeated.f_string");
  EXPECT_EQ(field_of(Optionals{.f_string = bad}), "golden.v1.Optionals.f_string");
  EXPECT_EQ(field_of(Scalars{.f_bytes = bad}), "");
  EXPECT_FALSE(Decoded<Scalars>("\x72\x01\xFF"));
  EXPECT_TRUE(Decoded<Scalars>("\x7A\x01\xFF"));
  EXPECT_FALSE(Decoded<Maps>("\x72\x03\x0A\x01\xFF"));
  EXPECT_FALSE(Decoded<Maps>("\x72\x03\x12\x01\xFF"));
}

TEST(Unknown, FieldsAreKeptAndSentAgain) {
  // A varint, a group with a group in it, a fixed64, a string and a fixed32, none of them known.
  const std::string unknown(
      "\xA0\x06\x05\xAB\x06\x0B\x08\x01\x0C\xAC\x06\xB1\x06\x01\x02\x03\x04\x05\x06\x07\x08"
      "\xBA\x06\x01x\xC5\x06\x01\x02\x03\x04",
      31);
  const auto message = seam::wire::DecodeMessage<Scalars>("\x18\x05" + unknown);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->f_int32, 5);
  EXPECT_EQ(message->unknown_fields.bytes(), unknown);
  EXPECT_EQ(seam::wire::EncodeMessage(*message)->bytes(), "\x18\x05" + unknown);

  Scalars copy = *message;
  EXPECT_EQ(copy, *message);
  copy.unknown_fields.clear();
  EXPECT_NE(copy, *message);
}

TEST(Malformed, BytesAreRefusedWithTheirPosition) {
  const auto truncated = Decoded<Scalars>("\x18\x05\x72\x05x");
  ASSERT_FALSE(truncated);
  EXPECT_EQ(truncated.error().code, seam::Code::kInvalidArgument);
  EXPECT_EQ(truncated.error().reason, "MALFORMED_MESSAGE");
  EXPECT_THAT(truncated.error().message, testing::HasSubstr("byte 4 of 5"));

  EXPECT_FALSE(Decoded<Scalars>("\x00")) << "field number 0";
  EXPECT_FALSE(Decoded<Scalars>("\x02\x00")) << "field number 0";
  EXPECT_FALSE(Decoded<Scalars>("\x1C")) << "the end of a group that has not begun";
  EXPECT_FALSE(Decoded<Scalars>("\x0B\x14")) << "the end of another group";
  EXPECT_FALSE(Decoded<Scalars>("\x0B")) << "a group without an end";
  EXPECT_FALSE(Decoded<Scalars>("\x1F\x00")) << "wire type 7";
  EXPECT_FALSE(Decoded<Scalars>("\x80\x80\x80\x80\x80\x00")) << "a tag of six bytes";
  EXPECT_FALSE(Decoded<Scalars>("\x72\x80\x80\x80\x80\x80\x00")) << "a length of six bytes";
  EXPECT_FALSE(Decoded<Scalars>("\x72\xFF\xFF\xFF\xFF\x0F")) << "a length beyond the end";
  EXPECT_FALSE(Decoded<Scalars>("\x18\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"))
      << "a varint of eleven bytes";
  EXPECT_EQ(Decoded<Scalars>("\x18\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01")->f_int32, -1);
  EXPECT_EQ(Decoded<Scalars>("\x68\x80\x80\x80\x80\x10")->f_bool, true);
}

TEST(Time, MapsToTheRuntimesTypes) {
  Outer message;
  message.at = seam::Timestamp{-1, 999'999'999};
  message.took = seam::Duration{-3, -1};
  message.times = {seam::Timestamp{}, seam::Timestamp{1, 2}};
  EXPECT_EQ(Trip(message), message);
}

TEST(Nested, TypesHaveTheirShortNames) {
  static_assert(std::is_same_v<Outer::Middle::Inner, Outer_Middle_Inner>);
  static_assert(std::is_same_v<decltype(Outer::sibling), std::optional<Outer::Sibling>>);
  static_assert(std::is_same_v<decltype(Outer::other_sibling), std::optional<Sibling>>);
  EXPECT_EQ(static_cast<int>(Outer::State::STATE_OPEN), 1);
}

TEST(Names, MayBeThoseOfTemplateParameters) {
  ::golden::namespace_::std_::seam::golden::Sink sink;
  sink.Sink.emplace().sinks.resize(2);
  EXPECT_EQ(Trip(sink), sink);
}

// The descriptors that travel with the contracts, as a reflection service would use them.
void AddTo(google::protobuf::DescriptorPool& pool, const seam::FileContract& file,
           std::set<std::string>& added) {
  if (!added.insert(std::string(file.name)).second) return;
  for (std::size_t i = 0; i < file.import_count; ++i) AddTo(pool, *file.imports[i], added);
  google::protobuf::FileDescriptorProto descriptor;
  ASSERT_TRUE(
      descriptor.ParseFromArray(file.descriptor.data(), static_cast<int>(file.descriptor.size())));
  EXPECT_EQ(descriptor.name(), file.name);
  EXPECT_FALSE(descriptor.has_source_code_info());
  ASSERT_NE(pool.BuildFile(descriptor), nullptr) << file.name;
}

TEST(Contract, CarriesTheDescriptorsOfItsFileAndWhatItUses) {
  google::protobuf::DescriptorPool pool(google::protobuf::DescriptorPool::generated_pool());
  std::set<std::string> added;
  AddTo(pool, *FirstSeam::contract().file, added);
  EXPECT_EQ(added, (std::set<std::string>{"golden/other/shared.proto", "golden/v1/scalars.proto",
                                          "golden/v1/services.proto"}))
      << "an import that is not used is left out";
  const auto* service = pool.FindServiceByName("golden.v1.First");
  ASSERT_NE(service, nullptr);
  EXPECT_EQ(service->method(1)->input_type()->full_name(), "golden.other.Shared");
}

TEST(Contract, NeedsNoFileOfCustomOptions) {
  google::protobuf::DescriptorPool pool;
  std::set<std::string> added;
  AddTo(pool, *AnnotatedServiceSeam::contract().file, added);
  EXPECT_EQ(added, (std::set<std::string>{"golden/v1/annotated.proto"}));
  const auto* message = pool.FindMessageTypeByName("golden.v1.Annotated");
  ASSERT_NE(message, nullptr);
  EXPECT_EQ(message->field(0)->json_name(), "chosenByHand");
  EXPECT_EQ(message->field(1)->json_name(), "byDefault");
}

TEST(Contract, TellsFilesApartWhosePathsAreAlike) {
  const seam::FileContract& path = *::golden::same::PathsSeam::contract().file;
  EXPECT_EQ(path.name, "golden/same/path.proto");
  ASSERT_EQ(path.import_count, 1U);
  EXPECT_EQ(path.imports[0]->name, "golden/same_path.proto");

  ::golden::same::Third third;
  third.second.emplace().first.emplace().id = "a";
  EXPECT_EQ(Trip(third), third);
}

TEST(Contract, ListsTheMethodsInTheProtosOrder) {
  const seam::ServiceContract& first = FirstSeam::contract();
  EXPECT_EQ(first.full_name, "golden.v1.First");
  ASSERT_EQ(first.method_count, 3U);
  EXPECT_EQ(first.methods[0].path, "/golden.v1.First/Get");
  EXPECT_EQ(first.methods[0].idempotency, seam::Idempotency::kNoSideEffects);
  EXPECT_EQ(first.methods[1].idempotency, seam::Idempotency::kIdempotent);
  EXPECT_EQ(first.methods[2].idempotency, seam::Idempotency::kUnknown);
  EXPECT_EQ(&first.methods[2], &kFirstWait);
  for (std::size_t i = 0; i < first.method_count; ++i) EXPECT_EQ(first.methods[i].index, i);
  EXPECT_EQ(SecondSeam::contract().methods[3].name, "delete") << "the wire keeps the proto's name";
  EXPECT_EQ(WithoutMethodsSeam::contract().method_count, 0U);
  EXPECT_EQ(::HomelessServiceSeam::contract().full_name, "HomelessService");
}

TEST(Service, IsCalledInProcessAndThroughTheCodec) {
  testing::StrictMock<MockFirstHandler> handler;
  FirstServicer servicer(handler);
  seam::CodecChannel channel(servicer);
  FirstInProcessClient in_process(handler);
  FirstRemoteClient remote(channel);
  const seam::Duration request{5, 0};
  EXPECT_CALL(handler, Wait(_, request)).Times(2).WillRepeatedly(Return(seam::Timestamp{7, 0}));

  for (FirstClient* client :
       {static_cast<FirstClient*>(&in_process), static_cast<FirstClient*>(&remote)}) {
    EXPECT_EQ(client->Wait({}, request).value(), (seam::Timestamp{7, 0}));
  }
}

TEST(Service, FailsWithUnimplementedUnlessOverridden) {
  class Handler final : public FirstHandler {
  } handler;
  FirstServicer servicer(handler);
  seam::CodecChannel channel(servicer);
  FirstInProcessClient in_process(handler);
  FirstRemoteClient remote(channel);

  const auto local = in_process.Get({}, {});
  const auto far = remote.Get({}, {});

  ASSERT_FALSE(local);
  EXPECT_EQ(local.error().code, seam::Code::kUnimplemented);
  EXPECT_EQ(local.error(), far.error());
}

TEST(Service, CarriesWhatIsDeprecated) {
  HoldsDeprecated message{.old_text = "a", .old_grades = {OldGrade{}}};
  message.kind.emplace_old_kind().id = "b";
  message.old_map["c"].id = "d";
  EXPECT_EQ(Trip(message), message);

  testing::StrictMock<MockDeprecatingHandler> handler;
  DeprecatingInProcessClient client(handler);
  EXPECT_CALL(handler, Old(_, message)).WillOnce(Return(OldMessage{.id = "e"}));
  EXPECT_EQ(client.Old({}, message)->id, "e") << "bindings are not marked, only what callers hold";
}

TEST(Service, RefusesAMethodThatItDoesNotHave) {
  testing::StrictMock<MockWithoutMethodsHandler> handler;
  WithoutMethodsServicer servicer(handler);
  const auto answer = servicer.Handle(0, {}, seam::Buffer());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, seam::Code::kUnimplemented);
}

// The deadline and the metadata entry "name" of the Context that a client is given.
struct Given {
  std::optional<seam::Context::Clock::time_point> deadline;
  std::string name;
};

auto GiveBack(Given& given) {
  return [&given](const seam::Context& context, const GetRequest&) {
    given.deadline = context.deadline();
    const std::string* const name = context.FindMetadata("name");
    given.name = name == nullptr ? "" : *name;
    return seam::Result<GetResponse>(GetResponse{});
  };
}

TEST(Throwing, ReturnsTheReplyOrThrowsTheError) {
  testing::StrictMock<MockFirstClient> client;
  const ThrowingFirst first(client, std::chrono::hours(1));
  const seam::Duration request{5, 0};
  const seam::Error error{
      seam::Code::kAborted, "STALE", "it is stale", {}, seam::Origin::kOutcomeUnknown};
  EXPECT_CALL(client, Wait(_, request))
      .WillOnce(Return(seam::Timestamp{7, 0}))
      .WillOnce(Return(seam::Forward(error)));

  EXPECT_EQ(first.Wait(request), (seam::Timestamp{7, 0}));
  try {
    first.Wait(request);
    FAIL() << "nothing was thrown";
  } catch (const seam::CallError& thrown) {
    EXPECT_EQ(thrown.error(), error);
    EXPECT_STREQ(thrown.what(),
                 "the call of /golden.v1.First/Wait failed: ABORTED STALE: it is stale "
                 "(outcome-unknown)");
  }
}

TEST(Throwing, AsksTheTranslatorWithAndWithoutAContext) {
  testing::StrictMock<MockFirstClient> client;
  const ThrowingFirst first(client, std::chrono::hours(1), [](const seam::Error& error) {
    throw std::out_of_range(error.message);
  });
  EXPECT_CALL(client, Get).Times(2).WillRepeatedly([](const auto&, const auto&) {
    return seam::Result<GetResponse>(seam::Fail(seam::Code::kNotFound, "NONE", "no cup"));
  });
  EXPECT_THROW(first.Get({}), std::out_of_range);
  EXPECT_THROW(first.Get({}, {}), std::out_of_range);
}

TEST(Throwing, GivesTheContextInForceWithADeadline) {
  testing::StrictMock<MockFirstClient> client;
  const ThrowingFirst first(client, std::chrono::hours(1));
  Given given;
  EXPECT_CALL(client, Get).WillRepeatedly(GiveBack(given));
  const auto soon = seam::Context::Clock::now() + std::chrono::minutes(5);
  const seam::ContextScope scope(seam::Context().WithMetadata("name", "scope").WithDeadline(soon));

  first.Get({});
  EXPECT_EQ(given.name, "scope");
  EXPECT_EQ(given.deadline, soon);

  std::thread([&] { first.Get({}); }).join();
  EXPECT_EQ(given.name, "") << "another thread inherits nothing";
  ASSERT_TRUE(given.deadline);
  EXPECT_GT(*given.deadline, soon) << "the adapter's own";

  first.Get(seam::Context().WithMetadata("name", "named"), {});
  EXPECT_EQ(given.name, "named");
  EXPECT_FALSE(given.deadline) << "a Context that is named is passed on as it is";
}

TEST(Throwing, IsForSeveralThreads) {
  testing::NiceMock<MockFirstClient> client;
  const ThrowingFirst first(client, std::chrono::hours(1));
  ON_CALL(client, Share).WillByDefault([](const seam::Context& context, const auto&) {
    Scalars scalars;
    scalars.f_string = *context.FindMetadata("name");
    return seam::Result<Scalars>(scalars);
  });
  const auto work = [&](const std::string& name) {
    const seam::ContextScope scope(seam::Context().WithMetadata("name", name));
    for (int i = 0; i < 200; ++i) EXPECT_EQ(first.Share({}).f_string, name);
  };
  std::thread other([&] { work("other"); });
  work("this");
  other.join();
}

// An in-process handler runs on its caller's thread, and must not see its caller's scope.
TEST(Throwing, AHandlerHasItsOwnContextInForce) {
  testing::StrictMock<MockFirstHandler> handler;
  FirstServicer servicer(handler);
  seam::CodecChannel channel(servicer);
  FirstInProcessClient in_process(handler);
  FirstRemoteClient remote(channel);
  EXPECT_CALL(handler, Wait).WillRepeatedly([](const seam::Context& context, const auto&) {
    const seam::Context current = seam::ContextScope::Current();
    EXPECT_EQ(current.FindMetadata("name"), nullptr) << "the scope of the caller";
    EXPECT_EQ(current.deadline(), context.deadline());
    EXPECT_EQ(current.call_chain().ToText(), "golden.v1.First");
    return seam::Result<seam::Timestamp>(seam::Timestamp{7, 0});
  });
  const seam::ContextScope scope(seam::Context().WithMetadata("name", "caller"));
  for (FirstClient* client :
       {static_cast<FirstClient*>(&in_process), static_cast<FirstClient*>(&remote)}) {
    EXPECT_TRUE(client->Wait(seam::Context().WithTimeout(std::chrono::hours(1)), {}));
    EXPECT_NE(seam::ContextScope::Current().FindMetadata("name"), nullptr) << "it is back";
  }
}

// Hands on what was published, as a relay and an inbox would.
class KeepingOutbox final : public seam::events::Outbox {
 public:
  seam::Result<void> Add(const seam::Context& /*context*/, seam::events::NewEvent event) override {
    if (event.entity.empty()) {
      return seam::Fail(seam::Code::kInvalidArgument, "INVALID_EVENT", "no entity");
    }
    seam::events::Event& kept = events.emplace_back();
    kept.id = "event-" + std::to_string(events.size());
    kept.topic = event.contract.topic;
    kept.type = event.contract.type;
    kept.entity = event.entity;
    kept.payload = event.payload;
    return {};
  }

  std::vector<seam::events::Event> events;
};

TEST(Events, ComeFromThePublisherToTheSubscriber) {
  KeepingOutbox outbox;
  DomainEventsPublisher publisher(outbox);
  Happened happened;
  happened.thing_id = "t\xC3\xA4";
  happened.detail.emplace().text = "it did";
  Publish about_number;
  about_number.number = std::numeric_limits<std::int64_t>::min();
  event about_keyword;
  about_keyword.class_ = "first";
  Counted counted;
  counted.unknown_fields_ = std::numeric_limits<std::uint32_t>::max();
  ASSERT_TRUE(publisher.Publish({}, happened));
  ASSERT_TRUE(publisher.Publish({}, about_number));
  ASSERT_TRUE(publisher.Publish({}, about_keyword));
  ASSERT_TRUE(publisher.Publish({}, counted));

  std::vector<std::string> told;
  for (const seam::events::Event& kept : outbox.events) {
    told.push_back(kept.topic + " " + kept.type + " " + kept.entity);
  }
  EXPECT_THAT(told, ElementsAre("thing.happened golden.v1.Happened t\xC3\xA4",
                                "publish golden.v1.Publish -9223372036854775808",
                                "a_1.b_2.c_3 golden.v1.event first",
                                "counted golden.v1.Counted 4294967295"));

  testing::StrictMock<MockDomainEventsSubscriber> subscriber;
  EXPECT_CALL(subscriber, OnHappened(_, Field(&seam::events::Event::id, "event-1"), happened));
  EXPECT_CALL(subscriber, OnPublish(_, _, about_number));
  EXPECT_CALL(subscriber, OnEvent(_, _, about_keyword));
  EXPECT_CALL(subscriber, OnCounted(_, _, counted))
      .WillOnce(Return(seam::Fail(seam::Code::kAborted, "NOT_NOW", "later")));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(subscriber.Knows(outbox.events[i].type));
    EXPECT_TRUE(subscriber.Receive({}, outbox.events[i]));
  }
  const auto failed = subscriber.Receive({}, outbox.events[3]);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().reason, "NOT_NOW") << "what the module says is handed on";
}

TEST(Events, GetTheContextAndCallNobodyWhoDoesNotListen) {
  class Listener final : public DomainEventsSubscriber {
   public:
    seam::Result<void> OnPublish(const seam::Context& context, const seam::events::Event& /*event*/,
                                 const ::golden::v1::Publish& /*message*/) override {
      name = *context.FindMetadata("name");
      return {};
    }
    std::string name;
  };
  KeepingOutbox outbox;
  DomainEventsPublisher publisher(outbox);
  Happened happened;
  happened.thing_id = "t";
  ASSERT_TRUE(publisher.Publish({}, happened));
  ASSERT_TRUE(publisher.Publish({}, Publish()));
  EXPECT_EQ(outbox.events[1].entity, "0");

  Listener listener;
  EXPECT_TRUE(listener.Receive({}, outbox.events[0])) << "an event that it does not listen to";
  EXPECT_TRUE(listener.Receive(seam::Context().WithMetadata("name", "a"), outbox.events[1]));
  EXPECT_EQ(listener.name, "a");
}

TEST(Events, AreNotPublishedWithoutAnEntityOrWithBadText) {
  KeepingOutbox outbox;
  DomainEventsPublisher publisher(outbox);
  EXPECT_EQ(publisher.Publish({}, event()).error().reason, "INVALID_EVENT");
  EXPECT_EQ(publisher.Publish({}, Counted()).error().reason, "INVALID_EVENT");
  Happened happened;
  happened.thing_id = "t";
  happened.detail.emplace().text = "\xFF";
  const auto refused = publisher.Publish({}, happened);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "INVALID_UTF8");
  EXPECT_EQ(refused.error().metadata.at("field"), "golden.v1.Happened.Detail.text");
  EXPECT_THAT(outbox.events, testing::IsEmpty());
}

TEST(Events, ThatCannotBeReadAreDataLossAndReachNobody) {
  testing::StrictMock<MockDomainEventsSubscriber> subscriber;
  seam::events::Event bad;
  bad.id = "event-7";
  bad.type = std::string(kHappenedEvent.type);
  bad.payload = "\x0A\x05x";

  const auto failed = subscriber.Receive({}, bad);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, seam::Code::kDataLoss);
  EXPECT_EQ(failed.error().reason, "INVALID_EVENT");
  EXPECT_THAT(failed.error().message, testing::AllOf(testing::HasSubstr("event-7"),
                                                     testing::HasSubstr("golden.v1.Happened")));

  bad.type = "golden.v1.OnHappened";
  EXPECT_FALSE(subscriber.Knows(bad.type)) << "a message that is no event";
  EXPECT_EQ(subscriber.Receive({}, bad).error().reason, "UNKNOWN_EVENT");
}

}  // namespace
}  // namespace golden::v1
