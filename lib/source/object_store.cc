#include "lib/source/object_store.h"

#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

namespace gossamer::source {
namespace {

bool SameContent(const k8s::Object& a, const k8s::Object& b) {
  return a.resource == b.resource || *a.resource == *b.resource;
}

}  // namespace

ObjectStore::Change ObjectStore::Replace(const std::string& file,
                                         const std::vector<k8s::Object>& objects) {
  Change change;
  std::map<k8s::ObjectKey, const k8s::Object*> wanted;
  for (const k8s::Object& object : objects) {
    if (!wanted.emplace(object.key, &object).second) {
      change.problems.push_back(
          {file, absl::StrCat(object.key.ToString(), ": stands here twice; the first is used")});
    }
  }
  std::set<k8s::ObjectKey> touched;
  for (k8s::ObjectKey& key : keys_by_file_[file]) touched.insert(std::move(key));
  for (const auto& [key, object] : wanted) touched.insert(key);

  std::vector<k8s::ObjectKey> keys;
  for (const k8s::ObjectKey& key : touched) {
    Owners& owners = owners_[key];
    const k8s::Object before = owners.empty() ? k8s::Object{} : owners.begin()->second;
    const bool was_owner = owners.erase(file) > 0;
    if (const auto found = wanted.find(key); found != wanted.end()) {
      owners[file] = *found->second;
      keys.push_back(key);
    }
    if (owners.empty()) {
      owners_.erase(key);
      change.events.push_back(Deleted{key});
      continue;
    }
    const k8s::Object& now = owners.begin()->second;
    if (before.resource == nullptr || !SameContent(before, now)) {
      change.events.push_back(Applied{now});
    }
    if (owners.size() > 1 && !was_owner) {
      change.problems.push_back({file, absl::StrCat(key.ToString(), ": stands in several files; ",
                                                    owners.begin()->first, " is used")});
    }
  }
  if (keys.empty()) {
    keys_by_file_.erase(file);
  } else {
    keys_by_file_[file] = std::move(keys);
  }
  return change;
}

}  // namespace gossamer::source
