#include "lib/tls/traffic_key.h"

#include <openssl/ssl.h>

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"

namespace gossamer::tls {
namespace {

std::string Bytes(absl::string_view hex) {
  return absl::HexStringToBytes(absl::StrReplaceAll(hex, {{" ", ""}}));
}

absl::Span<const uint8_t> Span(const std::string& bytes) {
  return absl::MakeSpan(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

std::string Seal(TrafficKey* key, absl::string_view data,
                 ContentType type = ContentType::kApplicationData) {
  std::string record(data.size() + kSealOverhead, '\0');
  EXPECT_EQ(key->Seal(type, data, record.data()), record.size());
  return record;
}

// A record with whatever is inside: padding, an odd content type.
std::string Open(TrafficKey* key, absl::string_view record, uint8_t* type) {
  std::string out(record.size(), '\0');
  TrafficKey::Opened opened;
  if (!key->Open(record, out.data(), &opened)) return "refused";
  *type = opened.type;
  out.resize(opened.size);
  return out;
}

// RFC 8448 section 3: the client's application data of the first trace.
TEST(TrafficKeyTest, MakesTheRecordOfTheSpecification) {
  const std::string secret = Bytes(
      "9e 40 64 6c e7 9a 7f 9d c0 5a f8 88 9b ce 65 52"
      "87 5a fa 0b 06 df 00 87 f7 92 eb b7 c1 75 04 a5");
  std::string data;
  for (int i = 0; i < 50; ++i) data.push_back(static_cast<char>(i));
  TrafficKey key;
  ASSERT_TRUE(key.Init(SSL_get_cipher_by_value(0x1301), Span(secret), 0));
  EXPECT_EQ(absl::BytesToHexString(Seal(&key, data)),
            absl::BytesToHexString(Bytes(
                "17 03 03 00 43 a2 3f 70 54 b6 2c 94 d0 af fa fe 82 28 ba 55 cb ef ac ea 42 f9 14"
                "aa 66 bc ab 3f 2b 98 19 a8 a5 b4 6b 39 5b d5 4a 9a 20 44 1e 2b 62 97 4e 1f 5a 62"
                "92 a2 97 70 14 bd 1e 3d ea e6 3a ee bb 21 69 49 15 e4")));
}

class EveryCipherTest : public testing::TestWithParam<uint16_t> {
 protected:
  EveryCipherTest() {
    const SSL_CIPHER* cipher = SSL_get_cipher_by_value(GetParam());
    const std::string secret(GetParam() == 0x1302 ? 48 : 32, 's');
    EXPECT_TRUE(sealer_.Init(cipher, Span(secret), 5));
    EXPECT_TRUE(opener_.Init(cipher, Span(secret), 5));
  }

  TrafficKey sealer_;
  TrafficKey opener_;
  uint8_t type_ = 0;
};

INSTANTIATE_TEST_SUITE_P(All, EveryCipherTest, testing::Values(0x1301, 0x1302, 0x1303));

TEST_P(EveryCipherTest, OpensWhatItHasSealed) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{1000}, kMaxRecordPlaintext}) {
    const std::string data(size, 'd');
    EXPECT_EQ(Open(&opener_, Seal(&sealer_, data), &type_), data);
    EXPECT_EQ(type_, 23);
  }
  EXPECT_EQ(Open(&opener_, Seal(&sealer_, "\x01", ContentType::kAlert), &type_), "\x01");
  EXPECT_EQ(type_, 21);
  EXPECT_EQ(opener_.records(), 10u);
}

TEST_P(EveryCipherTest, RefusesEveryAlteredByte) {
  const std::string record = Seal(&sealer_, "data");
  for (size_t i = 0; i < record.size(); ++i) {
    std::string altered = record;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_EQ(Open(&opener_, altered, &type_), "refused") << i;
  }
  for (size_t size = 0; size < record.size(); ++size) {
    EXPECT_EQ(Open(&opener_, record.substr(0, size), &type_), "refused") << size;
  }
  EXPECT_EQ(Open(&opener_, record, &type_), "data");
}

TEST_P(EveryCipherTest, RefusesReplayAndReordering) {
  const std::string first = Seal(&sealer_, "first");
  const std::string second = Seal(&sealer_, "second");
  EXPECT_EQ(Open(&opener_, second, &type_), "refused");
  EXPECT_EQ(Open(&opener_, first, &type_), "first");
  EXPECT_EQ(Open(&opener_, first, &type_), "refused");
  EXPECT_EQ(Open(&opener_, second, &type_), "second");
}

TEST_P(EveryCipherTest, GoesOnWithTheNextGeneration) {
  const std::string before = Seal(&sealer_, "before");
  ASSERT_TRUE(sealer_.Update());
  EXPECT_EQ(sealer_.records(), 0u);
  const std::string after = Seal(&sealer_, "after");
  EXPECT_EQ(Open(&opener_, before, &type_), "before");
  EXPECT_EQ(Open(&opener_, after, &type_), "refused");
  ASSERT_TRUE(opener_.Update());
  EXPECT_EQ(Open(&opener_, after, &type_), "after");
}

TEST(TrafficKeyTest, KnowsNoCipherButThoseOfTls13) {
  TrafficKey key;
  EXPECT_FALSE(key.Init(nullptr, Span("s"), 0));
  EXPECT_FALSE(key.Init(SSL_get_cipher_by_value(0xc02b), Span(std::string(32, 's')), 0));
}

}  // namespace
}  // namespace gossamer::tls
