#include <cstddef>
#include <cstdint>

#include "lib/k8s/object.h"

// Any bytes, read as YAML and as JSON: no crash, and an error or an object for each document.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto format : {gossamer::k8s::Format::kYaml, gossamer::k8s::Format::kJson}) {
    gossamer::k8s::ParseManifest(text, format);
  }
  return 0;
}
