#ifndef SERVICES_IDENTITY_SERVER_H_
#define SERVICES_IDENTITY_SERVER_H_

#include "api/identity/v1/identity.grpc.pb.h"
#include "services/identity/certifier.h"

namespace gossamer::identity {

// io.linkerd.proxy.identity.Identity: translates between gRPC and the Certifier, which is borrowed.
// gRPC calls it from threads of its own.
class Server final : public io::linkerd::proxy::identity::Identity::Service {
 public:
  explicit Server(Certifier* certifier) : certifier_(certifier) {}

  grpc::Status Certify(grpc::ServerContext* context,
                       const io::linkerd::proxy::identity::CertifyRequest* request,
                       io::linkerd::proxy::identity::CertifyResponse* response) override;

 private:
  Certifier* const certifier_;
};

}  // namespace gossamer::identity

#endif  // SERVICES_IDENTITY_SERVER_H_
