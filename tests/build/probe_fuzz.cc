// A fuzzer whose target fails on an input that only its corpus can reach: shows that the corpus
// arrives and that an ordinary run replays it.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

bool saw_corpus = false;

void FailUnlessCorpusWasSeen() {
  if (saw_corpus) return;
  std::fputs("probe_fuzz: its corpus was not run\n", stderr);
  std::_Exit(1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const int registered = std::atexit(FailUnlessCorpusWasSeen);
  if (registered != 0) std::abort();
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (input.find("seed of the probe") != std::string_view::npos) saw_corpus = true;
  return 0;
}
