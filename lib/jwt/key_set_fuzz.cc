// Reads the input as a key set. Every key that is kept must survive being written and read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "lib/jwt/key_set.h"

using gossamer::jwt::KeySet;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::vector<std::string> warnings;
  const absl::StatusOr<KeySet> keys =
      KeySet::FromJson({reinterpret_cast<const char*>(data), size}, &warnings);
  if (!keys.ok()) return 0;
  for (const gossamer::jwt::VerificationKey& key : keys->keys()) {
    const absl::StatusOr<std::string> json = gossamer::jwt::KeySetJson({key.key});
    if (!json.ok()) abort();
    const absl::StatusOr<KeySet> again = KeySet::FromJson(*json, nullptr);
    if (!again.ok() || again->keys().front().key != key.key) abort();
  }
  return 0;
}
