// Compares the contracts of api/ with their recorded surface.
//
//   contracts compatible SNAPSHOT DESCRIPTOR_SET...  fails when peers would no longer understand us
//   contracts recorded   SNAPSHOT DESCRIPTOR_SET...  fails when additions are not recorded yet
//   contracts update     SNAPSHOT DESCRIPTOR_SET...  records additions; refuses a break
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "api/compatibility/surface.h"

namespace gossamer::api {
namespace {

constexpr int kExitBreak = 1;
constexpr int kExitUsage = 64;
constexpr char kHeader[] =
    "# What peers rely on, a line for each thing. Written by `bazel run //api:update_snapshot`.\n";

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  return content.str();
}

absl::StatusOr<Surface> SurfaceOfFiles(const std::vector<std::string>& paths) {
  google::protobuf::FileDescriptorSet all;
  for (const std::string& path : paths) {
    absl::StatusOr<std::string> bytes = ReadFile(path);
    if (!bytes.ok()) return bytes.status();
    // MergeFromString adds this set's files to those that are there.
    if (!all.MergeFromString(*bytes)) {
      return absl::InvalidArgumentError(absl::StrCat(path, " is no descriptor set"));
    }
  }
  return Surface::Of(all);
}

int ReportBreaks(const std::vector<std::string>& breaks) {
  std::cerr << "These changes break peers that speak the recorded contracts:\n";
  for (const std::string& line : breaks) std::cerr << "  " << line << "\n";
  std::cerr << "Add a new field, message or method instead, and leave the old one in place.\n";
  return kExitBreak;
}

int Update(const std::string& path, const Surface& now, const std::vector<std::string>& additions) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << kHeader << now.ToText();
  file.close();
  if (!file) {
    std::cerr << "cannot write " << path << "\n";
    return kExitBreak;
  }
  std::cout << path << ": " << additions.size() << " additions recorded\n";
  return 0;
}

int Run(const std::string& command, const std::string& snapshot,
        const std::vector<std::string>& sets) {
  const absl::StatusOr<Surface> now = SurfaceOfFiles(sets);
  if (!now.ok() || now->empty()) {
    std::cerr << (now.ok() ? "the descriptor sets are empty" : now.status().message()) << "\n";
    return kExitUsage;
  }
  const absl::StatusOr<std::string> recorded = ReadFile(snapshot);
  if (!recorded.ok()) {
    std::cerr << recorded.status().message() << "\n";
    return kExitUsage;
  }
  const Surface before = Surface::FromText(*recorded);
  const std::vector<std::string> additions = now->AdditionsSince(before);
  if (command == "recorded") {
    for (const std::string& line : additions) std::cerr << "not recorded: " << line << "\n";
    if (!additions.empty()) std::cerr << "Run `bazel run //api:update_snapshot`.\n";
    return additions.empty() ? 0 : kExitBreak;
  }
  const std::vector<std::string> breaks = now->BreaksSince(before);
  if (!breaks.empty()) return ReportBreaks(breaks);
  return command == "update" ? Update(snapshot, *now, additions) : 0;
}

}  // namespace
}  // namespace gossamer::api

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (args.size() < 3 ||
      (args[0] != "compatible" && args[0] != "recorded" && args[0] != "update")) {
    std::cerr << "usage: contracts compatible|recorded|update SNAPSHOT DESCRIPTOR_SET...\n";
    return gossamer::api::kExitUsage;
  }
  return gossamer::api::Run(args[0], args[1], {args.begin() + 2, args.end()});
}
