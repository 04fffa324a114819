#ifndef TESTS_INTEROP_HTTP_MATRIX_H_
#define TESTS_INTEROP_HTTP_MATRIX_H_

#include <functional>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"

namespace gossamer::interop_test {

// A server or a client of the matrix, by name, and what it can do.
struct Side {
  std::string name;
  std::string language;  // What its /hello says.
  bool http11 = true;    // Otherwise it speaks HTTP/1.0, and no connection outlives a request.
  bool trailers = false;
  bool interim = false;     // 1xx other than 100.
  bool expect = false;      // 100-continue: a server asks for the body, a client waits to be asked.
  bool refuses = false;     // A server answers 413 at /refuse instead of asking for the body.
  bool own_headers = true;  // Sends what hop-by-hop fields the test wants.
};

struct Pair {
  Side server;
  Side client;
};
// For test runners.
inline void PrintTo(const Pair& pair, std::ostream* out) {
  *out << pair.client.name << " to " << pair.server.name;
}

// What a client saw: see README.md.
using Seen = nlohmann::json;

// Requests that a client sends, and what it must have seen.
struct Scenario {
  std::string name;
  std::string request;  // A line of the file that clients read.
  // Whether these two can do it at all.
  std::function<bool(const Pair&)> applies;
  // Expectations, as of a test's body.
  std::function<void(const Seen&, const Pair&)> check;
};

const std::vector<Scenario>& Scenarios();

}  // namespace gossamer::interop_test

#endif  // TESTS_INTEROP_HTTP_MATRIX_H_
