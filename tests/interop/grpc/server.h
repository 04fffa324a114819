#ifndef TESTS_INTEROP_GRPC_SERVER_H_
#define TESTS_INTEROP_GRPC_SERVER_H_

namespace gossamer::interop {

// Serves TestService in plaintext on `port` until the process is killed; returns an exit code where
// it cannot. A `max_connection_age_ms` above zero makes it end each connection by GOAWAY after
// about as long.
int Serve(int port, int max_connection_age_ms);

}  // namespace gossamer::interop

#endif  // TESTS_INTEROP_GRPC_SERVER_H_
