#ifndef LIB_SOURCE_OBJECT_STORE_H_
#define LIB_SOURCE_OBJECT_STORE_H_

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "lib/k8s/meta.h"
#include "lib/k8s/object.h"
#include "lib/source/source.h"

namespace gossamer::source {

// The objects of many files as one set, and what changes of it when a file does.
//
// An object that stands in several files is taken from the one whose name sorts first, whatever the
// order of the changes, so that two replicas with the same folder agree. Cost is that of the
// changed file. Not thread-safe.
class ObjectStore {
 public:
  struct Change {
    std::vector<Event> events;
    std::vector<Problem> problems;  // Objects that stand elsewhere already.
  };

  // Puts the file's objects in the place of those it had. An unchanged object makes no event.
  Change Replace(const std::string& file, const std::vector<k8s::Object>& objects);
  size_t size() const { return owners_.size(); }

 private:
  // Those files that hold the object, and the one taken: the first.
  using Owners = std::map<std::string, k8s::Object>;

  std::map<k8s::ObjectKey, Owners> owners_;
  std::map<std::string, std::vector<k8s::ObjectKey>> keys_by_file_;
};

}  // namespace gossamer::source

#endif  // LIB_SOURCE_OBJECT_STORE_H_
