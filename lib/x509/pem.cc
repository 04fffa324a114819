#include "lib/x509/pem.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/x509/secret.h"

namespace gossamer::x509 {
namespace {

constexpr size_t kEncodedLineLength = 64;
constexpr absl::string_view kBegin = "-----BEGIN ";
constexpr absl::string_view kEnd = "-----END ";
constexpr absl::string_view kDashes = "-----";

// Hands out a text's lines, trimmed and counted.
class Lines {
 public:
  explicit Lines(absl::string_view text) : rest_(text) {}

  bool Next(absl::string_view* line) {
    if (rest_.empty()) return false;
    const size_t end = rest_.find('\n');
    *line = absl::StripAsciiWhitespace(rest_.substr(0, end));
    rest_.remove_prefix(end == absl::string_view::npos ? rest_.size() : end + 1);
    ++number_;
    return true;
  }
  int number() const { return number_; }

 private:
  absl::string_view rest_;
  int number_ = 0;
};

// The label of a line like "-----BEGIN label-----"; false for any other line.
bool ParseBoundary(absl::string_view line, absl::string_view keyword, absl::string_view* label) {
  if (!absl::ConsumePrefix(&line, keyword) || !absl::ConsumeSuffix(&line, kDashes)) return false;
  *label = line;
  return true;
}

absl::StatusOr<std::string> Decode(absl::string_view label, int line, absl::string_view body) {
  std::string der;
  // ':' opens a header of encrypted PEM, the one thing inside a block that is valid and unreadable.
  if (absl::StrContains(body, ":")) {
    return absl::InvalidArgumentError(
        absl::StrCat("PEM block ", label, " at line ", line,
                     " has headers (is it encrypted?): only plain base64 is read"));
  }
  if (!absl::Base64Unescape(body, &der) || der.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("PEM block ", label, " at line ", line, " is not base64"));
  }
  return der;
}

// Reads up to the END line of the block that `lines` has just entered.
absl::StatusOr<PemBlock> ReadBlock(absl::string_view label, size_t size_hint, Lines* lines) {
  PemBlock block{std::string(label), lines->number(), std::string()};
  std::string body;
  // Enough from the start: a string that grows would leave pieces of a key behind unwiped.
  body.reserve(size_hint);
  for (absl::string_view line, end; lines->Next(&line);) {
    if (ParseBoundary(line, kEnd, &end)) {
      block.der = end == label ? Decode(label, block.line, body)
                               : absl::InvalidArgumentError(absl::StrCat(
                                     "PEM block ", label, " at line ", block.line, " ends as ",
                                     absl::CHexEscape(end.substr(0, 64))));
      SecretString::Wipe(body);
      return block;
    }
    if (ParseBoundary(line, kBegin, &end)) break;
    absl::StrAppend(&body, line);
  }
  SecretString::Wipe(body);
  return absl::InvalidArgumentError(absl::StrCat("PEM block ",
                                                 absl::CHexEscape(label.substr(0, 64)), " at line ",
                                                 block.line, " has no END line"));
}

}  // namespace

absl::StatusOr<std::vector<PemBlock>> ParsePem(absl::string_view text) {
  if (text.size() > kMaxPemBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("PEM text has ", text.size(), " bytes, at most ", kMaxPemBytes, " are read"));
  }
  std::vector<PemBlock> blocks;
  Lines lines(text);
  for (absl::string_view line, label; lines.Next(&line);) {
    if (!ParseBoundary(line, kBegin, &label)) continue;
    if (blocks.size() == kMaxPemBlocks) {
      return absl::InvalidArgumentError(
          absl::StrCat("PEM text has more than ", kMaxPemBlocks, " blocks"));
    }
    absl::StatusOr<PemBlock> block = ReadBlock(label, text.size(), &lines);
    if (!block.ok()) return std::move(block).status();
    blocks.push_back(*std::move(block));
  }
  return blocks;
}

std::string EncodePem(absl::string_view label, absl::string_view der) {
  std::string body = absl::Base64Escape(der);
  std::string pem;
  pem.reserve(body.size() + body.size() / kEncodedLineLength + 2 * label.size() + 64);
  absl::StrAppend(&pem, kBegin, label, kDashes, "\n");
  for (size_t i = 0; i < body.size(); i += kEncodedLineLength) {
    absl::StrAppend(&pem, absl::string_view(body).substr(i, kEncodedLineLength), "\n");
  }
  absl::StrAppend(&pem, kEnd, label, kDashes, "\n");
  SecretString::Wipe(body);
  return pem;
}

}  // namespace gossamer::x509
