#ifndef TESTS_MESH_CLIENT_HELLO_H_
#define TESTS_MESH_CLIENT_HELLO_H_

#include <cstddef>
#include <string>

namespace gossamer::mesh_test {

// A ClientHello as bytes, in records of at most `record_bytes`, with `padding` bytes of an
// extension before the server name; without one where `name` is empty. Enough to be told as TLS by
// its name; no server would go on with it.
std::string ClientHello(const std::string& name, size_t padding = 0, size_t record_bytes = 16384);

}  // namespace gossamer::mesh_test

#endif  // TESTS_MESH_CLIENT_HELLO_H_
