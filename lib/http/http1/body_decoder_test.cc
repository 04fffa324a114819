#include "lib/http/http1/body_decoder.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "lib/http/http1/testing/body_text.h"
#include "lib/http/http1/testing/head_text.h"

namespace gossamer::http1 {
namespace {

using http::BodyKind;

struct Case {
  std::string name;
  std::string input;
  std::string want;  // As DecodeBodyText gives it.
};

class ChunkedBodyTest : public ::testing::TestWithParam<Case> {};

TEST_P(ChunkedBodyTest, GivesTheSameResultForEveryCut) {
  const Case& c = GetParam();
  for (const std::vector<size_t>& cuts : AllCuts(c.input.size())) {
    ASSERT_EQ(DecodeBodyText(BodyKind::kChunked, 0, c.input, cuts), c.want)
        << cuts.size() << " cuts, first at " << (cuts.empty() ? 0 : cuts[0]);
  }
}

std::string NameOf(const ::testing::TestParamInfo<Case>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(
    Good, ChunkedBodyTest,
    ::testing::ValuesIn(std::vector<Case>{
        {"Rfc9112_7_1_Empty", "0\r\n\r\n", "done 5 ''"},
        {"Rfc9112_7_1_OneChunk", "5\r\nhello\r\n0\r\n\r\n", "done 15 'hello'"},
        {"Rfc9112_7_1_StopsAtTheEnd", "1\r\na\r\n0\r\n\r\nGET /", "done 11 'a'"},
        {"Rfc9112_7_1_TwoChunks", "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "done 20 'hello'"},
        {"Rfc9112_7_1_HexOfEitherCase", "a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n",
         "done 36 '01234567890123456789a'"},
        {"Rfc9112_7_1_LeadingZeros", "0003\r\nabc\r\n0000\r\n\r\n", "done 19 'abc'"},
        {"Rfc9112_7_1_CrlfInData", "4\r\n\r\n\r\n\r\n0\r\n\r\n", "done 14 '\r\n\r\n'"},
        {"Rfc9112_7_1_1_Extension", "1;a=b;c=\"d e\"\r\nx\r\n0;y\r\n\r\n", "done 25 'x'"},
        {"Rfc9112_7_1_1_BlankAroundExtension", "1 \t; a\r\nx\r\n0\r\n\r\n", "done 16 'x'"},
        {"Rfc9112_7_1_2_Trailers", "1\r\nx\r\n0\r\nGrpc-Status: 0\r\nX:  y \r\n\r\nZ",
         "done 35 'x' | grpc-status: 0 | x: y"},
        {"Rfc9110_6_5_1_ForbiddenTrailersGo",
         "0\r\nContent-Length: 5\r\nHost: a\r\nB: c\r\nTransfer-Encoding: chunked\r\n\r\n",
         "done 67 '' | b: c"},
        {"Rfc9110_6_5_1_OnlyForbiddenTrailers", "0\r\nTrailer: a\r\n\r\n", "done 17 ''"},
    }),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Bad, ChunkedBodyTest,
    ::testing::ValuesIn(std::vector<Case>{
        {"Truncated", "5\r\nhel", "truncated_body"},
        {"TruncatedBeforeLastChunk", "1\r\na\r\n", "truncated_body"},
        {"TruncatedTrailers", "0\r\nA: b\r\n", "truncated_body"},
        {"Rfc9112_7_1_NoSize", "\r\nabc\r\n", "bad_chunk_size"},
        {"Rfc9112_7_1_NoHex", "g\r\n", "bad_chunk_size"},
        {"Rfc9112_7_1_HexPrefix", "0x5\r\nhello\r\n0\r\n\r\n", "bad_chunk_size"},
        {"Rfc9112_7_1_Sign", "+5\r\nhello\r\n", "bad_chunk_size"},
        {"Rfc9112_7_1_NegativeSize", "-1\r\nhello\r\n", "bad_chunk_size"},
        {"Rfc9112_7_1_Underscore", "1_0\r\n0123456789abcdef\r\n", "bad_chunk_size"},
        {"Rfc9112_7_1_BlankBeforeSize", " 5\r\nhello\r\n", "bad_chunk_size"},
        {"Rfc9112_7_1_BlankBehindSize", "5 \r\nhello\r\n", "bad_chunk_size"},
        {"Rfc9112_7_1_SizeOverflows", "ffffffffffffffff1\r\n", "bad_chunk_size"},
        {"Rfc9112_7_1_SizeWrapsAround", "10000000000000005\r\nhello\r\n", "bad_chunk_size"},
        {"Rfc9112_7_1_TooManyZeros", "0000000000000005\r\nhello\r\n", "bad_chunk_size"},
        {"Rfc9112_7_1_LfBehindSize", "5\nhello\r\n0\r\n\r\n", "bad_chunk_size"},
        {"Rfc9112_7_1_CrBehindSize", "5\rhello\r\n", "bad_chunk_end"},
        {"Rfc9112_7_1_CrCrLf", "5\r\r\nhello\r\n", "bad_chunk_end"},
        {"Rfc9112_7_1_DataTooLong", "3\r\nhello\r\n0\r\n\r\n", "bad_chunk_end"},
        {"Rfc9112_7_1_LfBehindData", "5\r\nhello\n0\r\n\r\n", "bad_chunk_end"},
        {"Rfc9112_7_1_CrBehindData", "5\r\nhello\r0\r\n\r\n", "bad_chunk_end"},
        {"Rfc9112_7_1_NothingBehindData", "5\r\nhello0\r\n\r\n", "bad_chunk_end"},
        {"Rfc9112_7_1_1_LfInExtension", "5;a\nhello\r\n0\r\n\r\n", "bad_chunk_extension"},
        {"Rfc9112_7_1_1_CrInExtension", "5;a\rb\r\nhello\r\n", "bad_chunk_end"},
        {"Rfc9112_7_1_1_LfInQuotes", "5;a=\"\n\"\r\nhello\r\n", "bad_chunk_extension"},
        {"Rfc9112_7_1_1_NulInExtension", std::string("5;\0\r\nhello\r\n", 12),
         "bad_chunk_extension"},
        {"Rfc9112_7_1_2_LfBehindLastChunk", "0\r\n\n", "bad_trailers"},
        {"Rfc9112_7_1_2_CrBehindLastChunk", "0\r\n\rX", "bad_chunk_end"},
        {"Rfc9112_7_1_2_LfInTrailers", "0\r\nA: b\nC: d\r\n\r\n", "bad_trailers"},
        {"Rfc9112_7_1_2_LfEndsTrailers", "0\r\nA: b\r\n\n", "bad_trailers"},
        {"Rfc9112_7_1_2_FoldedTrailer", "0\r\nA: b\r\n c\r\n\r\n", "bad_trailers"},
        {"Rfc9112_7_1_2_BlankBeforeColon", "0\r\nA : b\r\n\r\n", "bad_trailers"},
        {"Rfc9112_7_1_2_NoColon", "0\r\nGET / HTTP/1.1\r\n\r\n", "bad_trailers"},
        {"Rfc9112_7_1_2_CrInTrailer", "0\r\nA: b\rc\r\n\r\n", "bad_trailers"},
    }),
    NameOf);

TEST(BodyDecoderTest, DeliversExactlyTheContentLength) {
  const std::string input = "hello, GET / HTTP/1.1";
  for (const std::vector<size_t>& cuts : AllCuts(input.size())) {
    EXPECT_EQ(DecodeBodyText(BodyKind::kContentLength, 5, input, cuts), "done 5 'hello'");
    EXPECT_EQ(DecodeBodyText(BodyKind::kContentLength, 22, input, cuts), "truncated_body");
    EXPECT_EQ(DecodeBodyText(BodyKind::kContentLength, 0, input, cuts), "done 0 ''");
    EXPECT_EQ(DecodeBodyText(BodyKind::kNone, 5, input, cuts), "done 0 ''");
  }
}

TEST(BodyDecoderTest, EndsWithTheConnectionWhenNothingElseEndsTheBody) {
  EXPECT_EQ(DecodeBodyText(BodyKind::kUntilClose, 0, "hello", {1, 3}), "done 5 'hello'");
  EXPECT_EQ(DecodeBodyText(BodyKind::kUntilClose, 0, "", {}), "done 0 ''");
}

TEST(BodyDecoderTest, DeliversViewsOfTheInput) {
  BodyDecoder decoder;
  decoder.Start(BodyKind::kChunked, 0);
  const std::string input = "5\r\nhel";
  size_t consumed = 0;
  absl::string_view data;
  ASSERT_EQ(decoder.Decode(input, &consumed, &data), BodyResult::kData);
  EXPECT_EQ(consumed, 6u);
  EXPECT_EQ(data.data(), input.data() + 3);
  EXPECT_EQ(data.size(), 3u);
  EXPECT_EQ(decoder.remaining(), 2u);
  EXPECT_EQ(decoder.Decode("", &consumed, &data), BodyResult::kNeedMore);
  EXPECT_EQ(consumed, 0u);
}

TEST(BodyDecoderTest, HoldsALengthOf63Bits) {
  BodyDecoder decoder;
  decoder.Start(BodyKind::kContentLength, (1ull << 63) - 1);
  size_t consumed = 0;
  absl::string_view data;
  ASSERT_EQ(decoder.Decode("abc", &consumed, &data), BodyResult::kData);
  EXPECT_EQ(decoder.remaining(), (1ull << 63) - 4);
}

TEST(BodyDecoderTest, StartsAgainAfterAnError) {
  BodyDecoder decoder;
  decoder.Start(BodyKind::kChunked, 0);
  size_t consumed = 0;
  absl::string_view data;
  ASSERT_EQ(decoder.Decode("x", &consumed, &data), BodyResult::kError);
  ASSERT_EQ(decoder.Decode("x", &consumed, &data), BodyResult::kError);
  ASSERT_EQ(decoder.OnEof(), BodyResult::kError);
  EXPECT_EQ(decoder.error(), BodyError::kBadChunkSize);
  decoder.Start(BodyKind::kChunked, 0);
  ASSERT_EQ(decoder.Decode("0\r\n\r\n", &consumed, &data), BodyResult::kDone);
  EXPECT_EQ(decoder.error(), BodyError::kNone);
}

TEST(BodyDecoderLimitsTest, BoundsTheExtensionsOfOneChunk) {
  for (const size_t bytes :
       {BodyDecoder::kExtensionBytesMax, BodyDecoder::kExtensionBytesMax + 1}) {
    const std::string extension = ";" + std::string(bytes - 2, 'a');  // Its CR counts as well.
    EXPECT_EQ(
        DecodeBodyText(BodyKind::kChunked, 0, absl::StrCat("1", extension, "\r\nx\r\n0\r\n\r\n"),
                       {}),
        bytes > BodyDecoder::kExtensionBytesMax ? "chunk_extensions_too_long" : "done 4106 'x'");
  }
}

TEST(BodyDecoderLimitsTest, BoundsTheExtensionsOfManySmallChunks) {
  std::string input;
  for (int i = 0; i < 200; ++i) absl::StrAppend(&input, "1;", std::string(40, 'a'), "\r\nx\r\n");
  EXPECT_EQ(DecodeBodyText(BodyKind::kChunked, 0, input, {}), "chunk_extensions_too_long");
}

TEST(BodyDecoderLimitsTest, LetsDataMakeUpForExtensions) {
  std::string input;
  for (int i = 0; i < 200; ++i) {
    absl::StrAppend(&input, "40;", std::string(40, 'a'), "\r\n", std::string(64, 'x'), "\r\n");
  }
  input += "0\r\n\r\n";
  EXPECT_EQ(DecodeBodyText(BodyKind::kChunked, 0, input, {}).substr(0, 5), "done ");
}

TEST(BodyDecoderLimitsTest, BoundsTheTrailers) {
  const std::string start = "0\r\nA: ";
  for (const size_t bytes : {BodyDecoder::kTrailerBytesMax, BodyDecoder::kTrailerBytesMax + 1}) {
    const std::string input = absl::StrCat(start, std::string(bytes - 7, 'x'), "\r\n\r\n");
    const std::string want =
        bytes > BodyDecoder::kTrailerBytesMax ? "trailers_too_large" : "done 65539 '' | a: ";
    EXPECT_EQ(DecodeBodyText(BodyKind::kChunked, 0, input, {}).substr(0, 19), want);
    EXPECT_EQ(DecodeBodyText(BodyKind::kChunked, 0, input, {1000, 65000}).substr(0, 19), want);
  }
}

TEST(BodyDecoderLimitsTest, CountsTrailers) {
  std::string input = "0\r\n";
  for (int i = 0; i < 101; ++i) input += "a: b\r\n";
  EXPECT_EQ(DecodeBodyText(BodyKind::kChunked, 0, input + "\r\n", {}), "trailers_too_large");
}

TEST(BodyDecoderTest, HandsTheTrailersOver) {
  BodyDecoder decoder;
  decoder.Start(BodyKind::kChunked, 0);
  size_t consumed = 0;
  absl::string_view data;
  ASSERT_EQ(decoder.Decode("0\r\nA: b\r\n\r\n", &consumed, &data), BodyResult::kDone);
  const std::unique_ptr<Trailers> trailers = decoder.TakeTrailers();
  ASSERT_NE(trailers, nullptr);
  decoder.Start(BodyKind::kNone, 0);
  EXPECT_EQ(decoder.trailers(), nullptr);
  ASSERT_NE(trailers->headers.Find("a"), nullptr);
  EXPECT_EQ(*trailers->headers.Find("a"), "b");
}

}  // namespace
}  // namespace gossamer::http1
