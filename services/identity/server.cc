#include "services/identity/server.h"

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace gossamer::identity {

namespace proto = io::linkerd::proxy::identity;

grpc::Status Server::Certify(grpc::ServerContext* /*context*/, const proto::CertifyRequest* request,
                             proto::CertifyResponse* response) {
  const absl::StatusOr<IssuedCertificate> issued = certifier_->Certify(
      {request->identity(), request->token(), request->certificate_signing_request()});
  if (!issued.ok()) {
    // The numbers of Abseil's codes are gRPC's.
    return grpc::Status(static_cast<grpc::StatusCode>(issued.status().code()),
                        std::string(issued.status().message()));
  }
  response->set_leaf_certificate(issued->leaf.der());
  for (const std::string& der : issued->intermediates) {
    response->add_intermediate_certificates(der);
  }
  response->mutable_valid_until()->set_seconds(absl::ToUnixSeconds(issued->leaf.not_after()));
  return grpc::Status::OK;
}

}  // namespace gossamer::identity
