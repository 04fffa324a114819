#include "proxy/transport/sniff.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace gossamer::proxy {
namespace {

constexpr uint8_t kHandshakeRecord = 22;
constexpr uint8_t kClientHelloType = 1;
constexpr uint16_t kServerNameExtension = 0;
constexpr uint8_t kHostNameType = 0;
constexpr size_t kRecordHeaderBytes = 5;

// Reads big-endian fields; once past the end, everything reads as empty and ok() is false.
class Reader {
 public:
  explicit Reader(absl::string_view bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  bool empty() const { return bytes_.empty(); }

  uint32_t Number(size_t width) {
    const absl::string_view field = Bytes(width);
    uint32_t value = 0;
    for (const char c : field) value = value << 8 | static_cast<uint8_t>(c);
    return value;
  }

  absl::string_view Bytes(size_t count) {
    if (count > bytes_.size()) {
      ok_ = false;
      bytes_ = absl::string_view();
      return absl::string_view();
    }
    const absl::string_view field = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return field;
  }

  // A field that is preceded by its length.
  absl::string_view Vector(size_t length_width) { return Bytes(Number(length_width)); }

 private:
  absl::string_view bytes_;
  bool ok_ = true;
};

std::string HostName(absl::string_view extension) {
  Reader names(Reader(extension).Vector(2));
  while (names.ok() && !names.empty()) {
    const uint32_t type = names.Number(1);
    const absl::string_view name = names.Vector(2);
    if (names.ok() && type == kHostNameType) return absl::AsciiStrToLower(name);
  }
  return "";
}

// False where the body is no ClientHello.
bool ReadClientHello(absl::string_view body, std::string* server_name) {
  Reader hello(body);
  hello.Bytes(2 + 32);  // Legacy version, random.
  hello.Vector(1);      // Session id.
  hello.Vector(2);      // Cipher suites.
  hello.Vector(1);      // Compression methods.
  if (!hello.ok()) return false;
  Reader extensions(hello.empty() ? absl::string_view() : hello.Vector(2));
  if (!hello.ok()) return false;
  while (extensions.ok() && !extensions.empty()) {
    const uint32_t type = extensions.Number(2);
    const absl::string_view data = extensions.Vector(2);
    if (extensions.ok() && type == kServerNameExtension) *server_name = HostName(data);
  }
  return extensions.ok();
}

// kClientHello for a record that may hold a part of one; `*length` is its content's.
TlsSniff ReadRecordHeader(absl::string_view bytes, size_t* length) {
  constexpr uint32_t kMaxRecordBytes = 1 << 14;
  Reader header(bytes);
  const uint32_t type = header.Number(1);
  if (header.ok() && type != kHandshakeRecord) return TlsSniff::kNotTls;
  const uint32_t major = header.Number(1);
  if (header.ok() && major != 3) return TlsSniff::kNotTls;
  const uint32_t minor = header.Number(1);
  if (header.ok() && minor != 1 && minor != 3) return TlsSniff::kNotTls;
  *length = header.Number(2);
  if (!header.ok()) return TlsSniff::kIncomplete;
  if (*length == 0 || *length > kMaxRecordBytes) return TlsSniff::kNotTls;
  return TlsSniff::kClientHello;
}

// A handshake message as far as it has come.
TlsSniff ReadHandshake(absl::string_view bytes, std::string* server_name) {
  constexpr size_t kShortestHelloBytes = 41;
  constexpr size_t kHeaderBytes = 4;
  Reader message(bytes);
  const uint32_t type = message.Number(1);
  if (message.ok() && type != kClientHelloType) return TlsSniff::kNotTls;
  const size_t length = message.Number(3);
  if (!message.ok()) return TlsSniff::kIncomplete;
  if (length < kShortestHelloBytes ||
      length + kHeaderBytes + kRecordHeaderBytes > kMaxClientHelloBytes) {
    return TlsSniff::kNotTls;
  }
  const absl::string_view body = message.Bytes(length);
  if (!message.ok()) return TlsSniff::kIncomplete;
  if (ReadClientHello(body, server_name)) return TlsSniff::kClientHello;
  server_name->clear();
  return TlsSniff::kNotTls;
}

// A message that begins with the first record.
TlsSniff ReadRecords(absl::string_view bytes, std::string* server_name) {
  // Of the records so far: the first one's, unless there are more.
  absl::string_view handshake;
  std::string joined;
  for (size_t at = 0;;) {
    size_t length = 0;
    const TlsSniff record = ReadRecordHeader(bytes.substr(at), &length);
    if (record != TlsSniff::kClientHello) return record;
    const absl::string_view fragment = bytes.substr(at + kRecordHeaderBytes, length);
    if (at == 0) {
      handshake = fragment;
    } else {
      if (joined.empty()) joined.assign(handshake.data(), handshake.size());
      joined.append(fragment.data(), fragment.size());
      handshake = joined;
    }
    const TlsSniff verdict = ReadHandshake(handshake, server_name);
    if (verdict != TlsSniff::kIncomplete || fragment.size() < length) return verdict;
    at += kRecordHeaderBytes + length;
  }
}

bool IsMethodChar(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         absl::StrContains("!#$%&'*+-.^_`|~", absl::string_view(&c, 1));
}

}  // namespace

TlsSniff SniffTls(absl::string_view bytes, std::string* server_name) {
  server_name->clear();
  const TlsSniff verdict = ReadRecords(bytes, server_name);
  const bool too_long = verdict == TlsSniff::kIncomplete && bytes.size() >= kMaxClientHelloBytes;
  return too_long ? TlsSniff::kNotTls : verdict;
}

HttpSniff SniffHttp(absl::string_view bytes) {
  constexpr absl::string_view kHttp2Preface = "PRI * HTTP/2.0";
  if (absl::StartsWith(bytes, kHttp2Preface)) return HttpSniff::kHttp2;
  if (absl::StartsWith(kHttp2Preface, bytes)) return HttpSniff::kIncomplete;
  // A method, a blank, a target, a blank, "HTTP/1.": looked at as far as it has come.
  constexpr size_t kMaxMethodBytes = 32;
  const size_t method_end = std::min(bytes.find(' '), bytes.size());
  if (method_end == 0 || method_end > kMaxMethodBytes) return HttpSniff::kNotHttp;
  if (!std::all_of(bytes.begin(), bytes.begin() + method_end, IsMethodChar)) {
    return HttpSniff::kNotHttp;
  }
  if (method_end == bytes.size()) return HttpSniff::kIncomplete;
  const absl::string_view rest = bytes.substr(method_end + 1);
  const size_t target_end = rest.find(' ');
  const absl::string_view target = rest.substr(0, target_end);
  const auto not_visible = [](char c) { return c <= ' ' || c == 0x7f; };
  if (std::any_of(target.begin(), target.end(), not_visible)) return HttpSniff::kNotHttp;
  if (target_end == absl::string_view::npos) {
    // A long target need not be seen to its end: its method has been, and its bytes are fit.
    constexpr size_t kConvincingBytes = 1024;
    return bytes.size() >= kConvincingBytes ? HttpSniff::kHttp1 : HttpSniff::kIncomplete;
  }
  if (target.empty()) return HttpSniff::kNotHttp;
  constexpr absl::string_view kVersion = "HTTP/1.";
  const absl::string_view version = rest.substr(target_end + 1, kVersion.size());
  if (version == kVersion) return HttpSniff::kHttp1;
  return absl::StartsWith(kVersion, version) ? HttpSniff::kIncomplete : HttpSniff::kNotHttp;
}

bool IsHttpServer(absl::string_view bytes) {
  if (absl::StartsWith(bytes, "HTTP/1.")) return true;
  constexpr uint32_t kSettingsFrame = 4;
  constexpr uint32_t kSettingBytes = 6;
  constexpr uint32_t kMaxSettings = 64;  // There are a dozen.
  Reader header(bytes);
  const uint32_t length = header.Number(3);
  const uint32_t type = header.Number(1);
  const uint32_t flags = header.Number(1);
  const uint32_t stream = header.Number(4);
  return header.ok() && type == kSettingsFrame && flags == 0 && stream == 0 &&
         length % kSettingBytes == 0 && length <= kMaxSettings * kSettingBytes;
}

}  // namespace gossamer::proxy
