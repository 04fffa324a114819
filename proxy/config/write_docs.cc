// Writes docs/CONFIG.md in the source tree: bazel run //proxy/config:docs

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

#include "proxy/config/parse_config.h"

int main() {
  const char* const root = std::getenv("BUILD_WORKSPACE_DIRECTORY");
  if (root == nullptr) {
    std::cerr << "run this with bazel run\n";
    return 1;
  }
  std::ofstream file(std::string(root) + "/docs/CONFIG.md");
  file << gossamer::proxy::ConfigMarkdown();
  file.close();
  return file ? 0 : 1;
}
