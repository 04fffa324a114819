#ifndef TESTS_BENCH_MANIFEST_CHANGE_H_
#define TESTS_BENCH_MANIFEST_CHANGE_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/support/mesh.h"

namespace gossamer::bench {

// Moves a Service between two pods by its EndpointSlice and looks how soon requests follow.
class ManifestChange {
 public:
  // `mesh`, which outlives this, has the meshed pod "client".
  explicit ManifestChange(harness::Mesh* mesh) : mesh_(mesh) {}

  // Starts the two pods. Before MoveOnce(), once.
  absl::Status Prepare();
  // From the rename of the EndpointSlice to the first answer of pod `to`, 0 or 1. Before it starts
  // the other pod has all requests.
  absl::StatusOr<absl::Duration> MoveOnce(int to);

 private:
  absl::Status AnnounceOnly(harness::Pod* pod);
  // Until so many answers in a row came from this pod.
  absl::Status RequestUntil(harness::Pod* pod, int answers);

  harness::Mesh* const mesh_;
};

}  // namespace gossamer::bench

#endif  // TESTS_BENCH_MANIFEST_CHANGE_H_
