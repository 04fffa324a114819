#include "cli/commands/resource_args.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "lib/resource/resource_type.h"
#include "lib/status/status_macros.h"

namespace gossamer::cli {
namespace {

namespace viz = linkerd2::viz;

// More than a person types; each is a request.
constexpr size_t kResourcesMax = 64;

absl::StatusOr<viz::Resource> NewResource(const std::string& namespace_name,
                                          absl::string_view type_text, absl::string_view name) {
  GOSSAMER_ASSIGN_OR_RETURN(const ResourceType type, ParseResourceType(type_text));
  viz::Resource resource;
  resource.set_type(std::string(CanonicalName(type)));
  resource.set_name(std::string(name));
  if (type != ResourceType::kNamespace) resource.set_namespace_(namespace_name);
  return resource;
}

absl::Status CheckDuplicates(const std::vector<std::string>& args) {
  if (std::set<std::string>(args.begin(), args.end()).size() < args.size()) {
    return absl::InvalidArgumentError("cannot supply duplicate resources");
  }
  if (args.size() > 1 && std::find(args.begin(), args.end(), "all") != args.end()) {
    return absl::InvalidArgumentError("'all' can't be supplied alongside other resources");
  }
  if (args.size() > kResourcesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("more than ", kResourcesMax, " resources at once"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<viz::Resource> ParseResource(const std::string& namespace_name,
                                            const std::string& arg) {
  const std::vector<std::string> parts = absl::StrSplit(arg, '/');
  if (parts.size() > 2 || (parts.size() == 2 && parts[1].empty())) {
    return absl::InvalidArgumentError(absl::StrCat("Invalid resource string: ", arg));
  }
  return NewResource(namespace_name, parts[0], parts.size() == 2 ? parts[1] : "");
}

absl::StatusOr<std::vector<viz::Resource>> ParseResources(const std::string& namespace_name,
                                                          const std::vector<std::string>& args) {
  if (args.empty()) return absl::InvalidArgumentError("No resource arguments provided");
  const absl::StatusOr<ResourceType> first = ParseResourceType(args[0]);
  const bool names_follow = args.size() > 1 && first.ok() && *first != ResourceType::kAll;
  const std::vector<std::string> words(args.begin() + (names_follow ? 1 : 0), args.end());
  GOSSAMER_RETURN_IF_ERROR(CheckDuplicates(words));
  std::vector<viz::Resource> resources;
  for (const std::string& word : words) {
    absl::StatusOr<viz::Resource> resource = names_follow
                                                 ? NewResource(namespace_name, args[0], word)
                                                 : ParseResource(namespace_name, word);
    GOSSAMER_RETURN_IF_ERROR(resource.status());
    resources.push_back(*std::move(resource));
  }
  return resources;
}

}  // namespace gossamer::cli
