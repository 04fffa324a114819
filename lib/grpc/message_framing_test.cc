#include "lib/grpc/message_framing.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gossamer::rpc {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> ReadAll(MessageReader* reader, absl::string_view bytes, size_t step) {
  std::vector<std::string> messages;
  for (size_t at = 0; at < bytes.size(); at += step) {
    reader->Append(bytes.substr(at, step));
    absl::string_view message;
    while (reader->Next(&message) == FrameResult::kMessage) messages.emplace_back(message);
  }
  return messages;
}

TEST(MessageReaderTest, CutsMessagesHoweverTheyArrive) {
  const std::string bytes = FrameMessage("one") + FrameMessage("") + FrameMessage("three");
  for (size_t step = 1; step <= bytes.size(); ++step) {
    MessageReader reader;
    EXPECT_THAT(ReadAll(&reader, bytes, step), ElementsAre("one", "", "three")) << step;
  }
}

TEST(MessageReaderTest, RefusesCompressedAndOutsizedMessagesByTheirPrefix) {
  absl::string_view message;
  MessageReader compressed;
  compressed.Append(absl::string_view("\x01\x00\x00\x00\x01", 5));
  EXPECT_EQ(compressed.Next(&message), FrameResult::kCompressed);
  MessageReader large;
  large.Append(absl::string_view("\x00\x00\x40\x00\x01", 5));  // 4 MiB + 1.
  EXPECT_EQ(large.Next(&message), FrameResult::kTooLarge);
}

TEST(StatusMessageTest, RoundTripsThroughPercentEncoding) {
  for (const std::string text : {"", "plain text", "100%", "caf\xc3\xa9\n", "%zz"}) {
    EXPECT_EQ(DecodeStatusMessage(EncodeStatusMessage(text)), text);
  }
  EXPECT_EQ(EncodeStatusMessage("a%b\n"), "a%25b%0A");
  EXPECT_EQ(DecodeStatusMessage("50%"), "50%");
  EXPECT_EQ(DecodeStatusMessage("%4"), "%4");
}

}  // namespace
}  // namespace gossamer::rpc
