// Writes docs/METRICS.md in the source tree: bazel run //proxy/metrics:docs

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

#include "proxy/metrics/proxy_metrics.h"

int main() {
  const char* const root = std::getenv("BUILD_WORKSPACE_DIRECTORY");
  if (root == nullptr) {
    std::cerr << "run this with bazel run\n";
    return 1;
  }
  std::ofstream file(std::string(root) + "/docs/METRICS.md");
  file << gossamer::proxy::MetricsMarkdown();
  file.close();
  return file ? 0 : 1;
}
