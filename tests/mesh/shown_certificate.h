#ifndef TESTS_MESH_SHOWN_CERTIFICATE_H_
#define TESTS_MESH_SHOWN_CERTIFICATE_H_

#include "absl/status/statusor.h"
#include "lib/x509/certificate.h"
#include "tests/support/pod.h"

namespace gossamer::mesh_test {

// The certificate that a pod's proxy shows to those who connect to it now.
absl::StatusOr<x509::Certificate> ShownCertificate(harness::Pod* pod);

}  // namespace gossamer::mesh_test

#endif  // TESTS_MESH_SHOWN_CERTIFICATE_H_
