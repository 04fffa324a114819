#ifndef TESTS_INTEROP_CASES_SUITE_H_
#define TESTS_INTEROP_CASES_SUITE_H_

#include <memory>
#include <string>
#include <vector>

#include "tests/interop/programs.h"
#include "tests/mesh/fixture.h"

namespace gossamer::interop_test {

// A mesh with servers, and a pod for clients that run all their cases by themselves and print a
// line {"case": NAME, "error": ""} of each.
class CasesSuite : public mesh_test::MeshTest {
 protected:
  static constexpr int kPort = 8080;

  // Once a suite: programs(), and the pod "client".
  void StartPrograms();
  static void TearDownTestSuite();
  static Programs& programs() { return *programs_; }

  void AddServer(const std::string& name, Command command);
  static std::string AddressOf(const std::string& server);
  // Runs a client to its end, and expects that it ran exactly these cases, all without an error.
  void ExpectCases(const Command& client, const std::vector<std::string>& cases);

 private:
  static std::unique_ptr<Programs> programs_;
};

}  // namespace gossamer::interop_test

#endif  // TESTS_INTEROP_CASES_SUITE_H_
