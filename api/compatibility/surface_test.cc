#include "api/compatibility/surface.h"

#include <algorithm>
#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace gossamer::api {
namespace {

using google::protobuf::DescriptorProto;
using google::protobuf::EnumDescriptorProto;
using google::protobuf::FieldDescriptorProto;
using google::protobuf::FileDescriptorProto;
using google::protobuf::MethodDescriptorProto;

constexpr char kBase[] = R"pb(
  name: "test.proto"
  package: "mesh.v1"
  syntax: "proto3"
  message_type {
    name: "Request"
    reserved_range { start: 2 end: 3 }
    reserved_range { start: 7 end: 9 }
    reserved_name: "gone"
    enum_type {
      name: "Kind"
      value { name: "NONE" number: 0 }
      value { name: "SOME" number: 1 }
    }
    nested_type { name: "Inner" }
    nested_type {
      name: "WeightsEntry"
      options { map_entry: true }
      field { name: "key" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING }
      field { name: "value" number: 2 label: LABEL_OPTIONAL type: TYPE_UINT32 }
    }
    oneof_decl { name: "target" }
    field { name: "name" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING }
    field { name: "port" number: 3 label: LABEL_OPTIONAL type: TYPE_UINT32 }
    field { name: "tags" number: 4 label: LABEL_REPEATED type: TYPE_STRING }
    field {
      name: "weights"
      number: 5
      label: LABEL_REPEATED
      type: TYPE_MESSAGE
      type_name: ".mesh.v1.Request.WeightsEntry"
    }
    field { name: "kind" number: 10 label: LABEL_OPTIONAL type_name: "Kind" }
    # Protobuf wants the members of a oneof side by side.
    field { name: "inner" number: 6 label: LABEL_OPTIONAL type_name: "Inner" oneof_index: 0 }
    field { name: "host" number: 9 label: LABEL_OPTIONAL type: TYPE_STRING oneof_index: 0 }
  }
  message_type {
    name: "Reply"
    field { name: "body" number: 1 label: LABEL_OPTIONAL type: TYPE_BYTES }
  }
  service {
    name: "Api"
    method { name: "Ask" input_type: "Request" output_type: "Reply" }
    method { name: "Watch" input_type: "Request" output_type: "Reply" server_streaming: true }
  }
)pb";

FileDescriptorProto Base() {
  FileDescriptorProto file;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(kBase, &file));
  return file;
}

// The surface of a file, once Protobuf has found it valid and resolved its names.
Surface SurfaceOf(const FileDescriptorProto& file) {
  google::protobuf::DescriptorPool pool;
  const google::protobuf::FileDescriptor* built = pool.BuildFile(file);
  EXPECT_NE(built, nullptr) << file.DebugString();
  google::protobuf::FileDescriptorSet set;
  if (built != nullptr) built->CopyTo(set.add_file());
  return Surface::Of(set);
}

DescriptorProto& Request(FileDescriptorProto& file) { return *file.mutable_message_type(0); }
EnumDescriptorProto& Kind(FileDescriptorProto& file) { return *Request(file).mutable_enum_type(0); }
MethodDescriptorProto& Ask(FileDescriptorProto& file) {
  return *file.mutable_service(0)->mutable_method(0);
}
MethodDescriptorProto& Watch(FileDescriptorProto& file) {
  return *file.mutable_service(0)->mutable_method(1);
}

FieldDescriptorProto& Field(FileDescriptorProto& file, const std::string& name) {
  auto& fields = *Request(file).mutable_field();
  return *std::find_if(fields.begin(), fields.end(),
                       [&](const FieldDescriptorProto& field) { return field.name() == name; });
}

void RemoveField(FileDescriptorProto& file, const std::string& name) {
  auto& fields = *Request(file).mutable_field();
  fields.erase(
      std::remove_if(fields.begin(), fields.end(),
                     [&](const FieldDescriptorProto& field) { return field.name() == name; }),
      fields.end());
}

FieldDescriptorProto& AddField(FileDescriptorProto& file, const std::string& name, int number) {
  FieldDescriptorProto& field = *Request(file).add_field();
  field.set_name(name);
  field.set_number(number);
  field.set_label(FieldDescriptorProto::LABEL_OPTIONAL);
  field.set_type(FieldDescriptorProto::TYPE_STRING);
  return field;
}

int AddOneof(FileDescriptorProto& file, const std::string& name) {
  Request(file).add_oneof_decl()->set_name(name);
  return Request(file).oneof_decl_size() - 1;
}

void AddReserved(FileDescriptorProto& file, int first, int end) {
  DescriptorProto::ReservedRange& range = *Request(file).add_reserved_range();
  range.set_start(first);
  range.set_end(end);
}

struct Change {
  std::string test_name;
  void (*apply)(FileDescriptorProto& file);
  // Part of the first line reported.
  std::string report;
};

class BreakTest : public ::testing::TestWithParam<Change> {};

TEST_P(BreakTest, IsReported) {
  FileDescriptorProto file = Base();
  GetParam().apply(file);
  const std::vector<std::string> breaks = SurfaceOf(file).BreaksSince(SurfaceOf(Base()));
  ASSERT_FALSE(breaks.empty());
  EXPECT_NE(breaks[0].find(GetParam().report), std::string::npos) << breaks[0];
}

std::string Name(const ::testing::TestParamInfo<Change>& info) { return info.param.test_name; }

INSTANTIATE_TEST_SUITE_P(
    Fields, BreakTest,
    ::testing::ValuesIn(std::vector<Change>{
        {"Removed", [](FileDescriptorProto& file) { RemoveField(file, "port"); },
         "removed: field mesh.v1.Request 3 port: uint32"},
        {"RemovedAndReserved",
         [](FileDescriptorProto& file) {
           RemoveField(file, "port");
           AddReserved(file, 3, 4);
         },
         "removed: field mesh.v1.Request 3 port: uint32"},
        {"Renumbered", [](FileDescriptorProto& file) { Field(file, "port").set_number(11); },
         "removed: field mesh.v1.Request 3 port: uint32"},
        {"Renamed", [](FileDescriptorProto& file) { Field(file, "port").set_name("number"); },
         "now: field mesh.v1.Request 3 number: uint32"},
        {"Swapped",
         [](FileDescriptorProto& file) {
           Field(file, "name").set_number(20);
           Field(file, "port").set_number(1);
         },
         "now: field mesh.v1.Request 1 port: uint32"},
        {"Widened",
         [](FileDescriptorProto& file) {
           Field(file, "port").set_type(FieldDescriptorProto::TYPE_UINT64);
         },
         "now: field mesh.v1.Request 3 port: uint64"},
        {"EncodedOtherwise",
         [](FileDescriptorProto& file) {
           Field(file, "port").set_type(FieldDescriptorProto::TYPE_SINT32);
         },
         "now: field mesh.v1.Request 3 port: sint32"},
        {"OfAnotherMessage",
         [](FileDescriptorProto& file) { Field(file, "inner").set_type_name("Reply"); },
         "now: field mesh.v1.Request 6 inner: mesh.v1.Reply in oneof target"},
        {"SingularToRepeated",
         [](FileDescriptorProto& file) {
           Field(file, "name").set_label(FieldDescriptorProto::LABEL_REPEATED);
         },
         "now: field mesh.v1.Request 1 name: repeated string"},
        {"RepeatedToSingular",
         [](FileDescriptorProto& file) {
           Field(file, "tags").set_label(FieldDescriptorProto::LABEL_OPTIONAL);
         },
         "now: field mesh.v1.Request 4 tags: string"},
        {"SingularToOptional",
         [](FileDescriptorProto& file) {
           const int oneof = AddOneof(file, "_name");
           Field(file, "name").set_oneof_index(oneof);
           Field(file, "name").set_proto3_optional(true);
         },
         "now: field mesh.v1.Request 1 name: optional string"},
        {"MapOfOtherValues",
         [](FileDescriptorProto& file) {
           Request(file).mutable_nested_type(1)->mutable_field(1)->set_type(
               FieldDescriptorProto::TYPE_STRING);
         },
         "now: field mesh.v1.Request 5 weights: map<string,string>"},
        {"MovedIntoAOneof",
         [](FileDescriptorProto& file) { Field(file, "kind").set_oneof_index(0); },
         "now: field mesh.v1.Request 10 kind: mesh.v1.Request.Kind in oneof target"},
        {"MovedOutOfItsOneof",
         [](FileDescriptorProto& file) { Field(file, "host").clear_oneof_index(); },
         "now: field mesh.v1.Request 9 host: string"},
        {"MovedToAnotherOneof",
         [](FileDescriptorProto& file) {
           const int oneof = AddOneof(file, "place");
           Field(file, "host").set_oneof_index(oneof);
         },
         "now: field mesh.v1.Request 9 host: string in oneof place"},
    }),
    Name);

INSTANTIATE_TEST_SUITE_P(Reservations, BreakTest,
                         ::testing::ValuesIn(std::vector<Change>{
                             {"NumberReused",
                              [](FileDescriptorProto& file) {
                                Request(file).mutable_reserved_range()->DeleteSubrange(0, 1);
                                AddField(file, "again", 2);
                              },
                              "removed: reserved mesh.v1.Request 2"},
                             {"PartOfARangeFreed",
                              [](FileDescriptorProto& file) {
                                Request(file).mutable_reserved_range(1)->set_start(8);
                              },
                              "removed: reserved mesh.v1.Request 7"},
                             {"NameReused",
                              [](FileDescriptorProto& file) {
                                Request(file).clear_reserved_name();
                                AddField(file, "gone", 12);
                              },
                              "removed: reserved mesh.v1.Request \"gone\""},
                         }),
                         Name);

INSTANTIATE_TEST_SUITE_P(
    Types, BreakTest,
    ::testing::ValuesIn(std::vector<Change>{
        {"EnumValueRemoved",
         [](FileDescriptorProto& file) { Kind(file).mutable_value()->RemoveLast(); },
         "removed: value mesh.v1.Request.Kind 1 SOME"},
        {"EnumValueRenumbered",
         [](FileDescriptorProto& file) { Kind(file).mutable_value(1)->set_number(2); },
         "removed: value mesh.v1.Request.Kind 1 SOME"},
        {"EnumValueRenamed",
         [](FileDescriptorProto& file) { Kind(file).mutable_value(1)->set_name("ANY"); },
         "now: value mesh.v1.Request.Kind 1 ANY"},
        {"EmptyMessageRenamed",
         [](FileDescriptorProto& file) {
           Request(file).mutable_nested_type(0)->set_name("Core");
           Field(file, "inner").set_type_name("Core");
         },
         "now: field mesh.v1.Request 6 inner: mesh.v1.Request.Core in oneof target"},
        {"PackageChanged",
         [](FileDescriptorProto& file) {
           file.set_package("mesh.v2");
           Field(file, "weights").set_type_name(".mesh.v2.Request.WeightsEntry");
         },
         "removed: message mesh.v1.Request"},
    }),
    Name);

INSTANTIATE_TEST_SUITE_P(
    Services, BreakTest,
    ::testing::ValuesIn(std::vector<Change>{
        {"ServiceRemoved", [](FileDescriptorProto& file) { file.clear_service(); },
         "removed: service mesh.v1.Api"},
        {"ServiceRenamed",
         [](FileDescriptorProto& file) { file.mutable_service(0)->set_name("Mesh"); },
         "removed: service mesh.v1.Api"},
        {"MethodRemoved",
         [](FileDescriptorProto& file) { file.mutable_service(0)->mutable_method()->RemoveLast(); },
         "removed: method mesh.v1.Api Watch"},
        {"MethodRenamed", [](FileDescriptorProto& file) { Ask(file).set_name("Query"); },
         "removed: method mesh.v1.Api Ask"},
        {"TakesAnother", [](FileDescriptorProto& file) { Ask(file).set_input_type("Reply"); },
         "now: method mesh.v1.Api Ask: mesh.v1.Reply -> mesh.v1.Reply"},
        {"ReturnsAnother", [](FileDescriptorProto& file) { Ask(file).set_output_type("Request"); },
         "now: method mesh.v1.Api Ask: mesh.v1.Request -> mesh.v1.Request"},
        {"ServerStreamingEnded",
         [](FileDescriptorProto& file) { Watch(file).clear_server_streaming(); },
         "now: method mesh.v1.Api Watch: mesh.v1.Request -> mesh.v1.Reply"},
        {"ServerStreamingBegun",
         [](FileDescriptorProto& file) { Ask(file).set_server_streaming(true); },
         "now: method mesh.v1.Api Ask: mesh.v1.Request -> stream mesh.v1.Reply"},
        {"ClientStreamingBegun",
         [](FileDescriptorProto& file) { Ask(file).set_client_streaming(true); },
         "now: method mesh.v1.Api Ask: stream mesh.v1.Request -> mesh.v1.Reply"},
    }),
    Name);

class AdditionTest : public ::testing::TestWithParam<Change> {};

TEST_P(AdditionTest, IsNoBreak) {
  FileDescriptorProto file = Base();
  GetParam().apply(file);
  const Surface before = SurfaceOf(Base());
  const Surface after = SurfaceOf(file);
  EXPECT_EQ(after.BreaksSince(before), std::vector<std::string>());
  const std::vector<std::string> additions = after.AdditionsSince(before);
  ASSERT_FALSE(additions.empty());
  EXPECT_EQ(additions[0], GetParam().report);
}

INSTANTIATE_TEST_SUITE_P(
    All, AdditionTest,
    ::testing::ValuesIn(std::vector<Change>{
        {"Field", [](FileDescriptorProto& file) { AddField(file, "zone", 20); },
         "field mesh.v1.Request 20 zone: string"},
        {"OneofMember",
         [](FileDescriptorProto& file) { AddField(file, "path", 21).set_oneof_index(0); },
         "field mesh.v1.Request 21 path: string in oneof target"},
        {"EnumValue",
         [](FileDescriptorProto& file) {
           auto* value = Kind(file).add_value();
           value->set_name("ALL");
           value->set_number(2);
         },
         "value mesh.v1.Request.Kind 2 ALL"},
        {"ReservedNumber", [](FileDescriptorProto& file) { AddReserved(file, 12, 13); },
         "reserved mesh.v1.Request 12"},
        {"ReservedToTheEnd", [](FileDescriptorProto& file) { AddReserved(file, 30, 536870912); },
         "reserved mesh.v1.Request 30-536870911"},
        {"Message", [](FileDescriptorProto& file) { file.add_message_type()->set_name("Extra"); },
         "message mesh.v1.Extra"},
        {"Method",
         [](FileDescriptorProto& file) {
           auto* method = file.mutable_service(0)->add_method();
           method->set_name("Tell");
           method->set_input_type("Reply");
           method->set_output_type("Reply");
         },
         "method mesh.v1.Api Tell: mesh.v1.Reply -> mesh.v1.Reply"},
    }),
    Name);

TEST(SurfaceTest, IgnoresTheOrderOfFields) {
  FileDescriptorProto file = Base();
  std::reverse(Request(file).mutable_field()->begin(), Request(file).mutable_field()->end());
  EXPECT_EQ(SurfaceOf(file).ToText(), SurfaceOf(Base()).ToText());
}

TEST(SurfaceTest, TextReadBackIsTheSameSurface) {
  const Surface surface = SurfaceOf(Base());
  const Surface again = Surface::FromText("# A comment.\n\n" + surface.ToText());
  EXPECT_EQ(again.ToText(), surface.ToText());
  EXPECT_TRUE(again.BreaksSince(surface).empty());
  EXPECT_TRUE(again.AdditionsSince(surface).empty());
}

TEST(SurfaceTest, WritesAMapAsSuchAndNotItsEntryMessage) {
  const std::string text = SurfaceOf(Base()).ToText();
  EXPECT_NE(text.find("field mesh.v1.Request 5 weights: map<string,uint32>\n"), std::string::npos);
  EXPECT_EQ(text.find("WeightsEntry"), std::string::npos);
}

}  // namespace
}  // namespace gossamer::api
