// Runs the program, and treats it as proxies and operators do.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "api/identity/v1/identity.grpc.pb.h"
#include "gmock/gmock.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "httplib.h"
#include "lib/jwt/key_set.h"
#include "lib/jwt/service_account.h"
#include "lib/jwt/token.h"
#include "lib/status/status_matchers.h"
#include "lib/x509/certificate_request.h"
#include "lib/x509/testing/test_pki.h"
#include "services/identity/files/files.h"

extern char** environ;

namespace gossamer::identity {
namespace {

namespace fs = std::filesystem;
namespace proto = io::linkerd::proxy::identity;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using x509::PrivateKey;
using x509::testing::TestCa;

constexpr char kIdentity[] = "web.ns.serviceaccount.identity.linkerd.cluster.local";
constexpr char kTokenIssuer[] = "https://tokens.example";
// Long enough for a machine that does much else; nothing waits for it when all is well.
constexpr absl::Duration kPatience = absl::Seconds(30);

// The program in a process of its own; its log is collected by a thread. Killed when destroyed.
class Process {
 public:
  explicit Process(std::vector<std::string> args) {
    int fds[2];
    EXPECT_EQ(pipe2(fds, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fds[1], 1);
    posix_spawn_file_actions_adddup2(&actions, fds[1], 2);
    args.insert(args.begin(), absl::StrCat(getenv("TEST_SRCDIR"), "/", getenv("TEST_WORKSPACE"),
                                           "/services/identity/identity"));
    std::vector<char*> argv;
    for (std::string& arg : args) argv.push_back(arg.data());
    argv.push_back(nullptr);
    EXPECT_EQ(posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(fds[1]);
    reader_ = std::thread([this, fd = fds[0]] { Collect(fd); });
  }

  ~Process() {
    if (pid_ > 0) kill(pid_, SIGKILL);
    if (pid_ > 0) Wait();
    reader_.join();
  }

  void Signal(int signal) { kill(pid_, signal); }

  // The exit code, or 1000 + the signal that ended it.
  int Wait() {
    int status = 0;
    EXPECT_EQ(waitpid(pid_, &status, 0), pid_);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  }

  // Waits until the log has `text`.
  bool Logs(const std::string& text) {
    absl::MutexLock lock(&mutex_);
    const auto has_text = [this, &text] {
      mutex_.AssertReaderHeld();
      return log_.find(text) != std::string::npos;
    };
    return mutex_.AwaitWithTimeout(absl::Condition(&has_text), kPatience);
  }
  std::string log() {
    absl::MutexLock lock(&mutex_);
    return log_;
  }

 private:
  void Collect(int fd) {
    char buffer[4096];
    for (ssize_t got; (got = read(fd, buffer, sizeof(buffer))) > 0;) {
      absl::MutexLock lock(&mutex_);
      log_.append(buffer, got);
    }
    close(fd);
  }

  pid_t pid_ = -1;
  absl::Mutex mutex_;
  std::string log_ ABSL_GUARDED_BY(mutex_);
  std::thread reader_;
};

class IdentityBinaryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string folder = absl::StrCat(::testing::TempDir(), "/identity_test.XXXXXX");
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    fs::create_directory(folder_ + "/issuer");
    for (const char* name : {"tls.crt", "tls.key"}) {
      fs::create_symlink(absl::StrCat("..data/", name), absl::StrCat(folder_, "/issuer/", name));
    }
    ASSERT_OK(WriteFileAtomically(folder_ + "/roots.crt", root_.Pem() + "\n\n", kPublicFileMode));
    ASSERT_OK(WriteFileAtomically(
        folder_ + "/jwks.json", jwt::KeySetJson({signer_.public_key()}).value(), kPublicFileMode));
  }
  void TearDown() override { fs::remove_all(folder_); }

  // Swaps the issuer as Kubernetes swaps a mounted secret.
  void SwapIssuer(const std::string& certificate, absl::string_view key) {
    const std::string version = absl::StrCat("..version", ++versions_);
    const std::string path = absl::StrCat(folder_, "/issuer/", version);
    fs::create_directory(path);
    ASSERT_OK(WriteFileAtomically(path + "/tls.crt", certificate, kPublicFileMode));
    ASSERT_OK(WriteFileAtomically(path + "/tls.key", key, kSecretFileMode));
    fs::create_symlink(version, folder_ + "/issuer/..data_tmp");
    fs::rename(folder_ + "/issuer/..data_tmp", folder_ + "/issuer/..data");
  }
  void SwapIssuer(const TestCa& ca) {
    SwapIssuer(ca.Pem(), ca.key().Pkcs8Pem().view());
    KeepSecret(PemBody(ca.key()));
  }

  // Only a notification can tell of a change: the timer is an hour away.
  void Start(const std::string& until, std::vector<std::string> more = {}) {
    std::vector<std::string> args = {
        "--addr=127.0.0.1:0",
        "--admin-addr=127.0.0.1:0",
        absl::StrCat("--issuer-dir=", folder_, "/issuer"),
        absl::StrCat("--trust-anchors=", folder_, "/roots.crt"),
        absl::StrCat("--jwks=", folder_, "/jwks.json"),
        absl::StrCat("--token-issuer=", kTokenIssuer),
        "--log-level=trace",
        "--reload-interval=1h",
        "--max-requests-per-second=1000000",
    };
    args.insert(args.end(), more.begin(), more.end());
    process_ = std::make_unique<Process>(std::move(args));
    ASSERT_TRUE(process_->Logs(until)) << process_->log();
    stub_ = proto::Identity::NewStub(grpc::CreateChannel(absl::StrCat("127.0.0.1:", PortIn("grpc")),
                                                         grpc::InsecureChannelCredentials()));
  }

  // The port in the first `key=127.0.0.1:PORT` of the log.
  int PortIn(const std::string& key) {
    const std::string log = process_->log();
    const std::string prefix = key + "=127.0.0.1:";
    const size_t at = log.find(prefix);
    EXPECT_NE(at, std::string::npos) << log;
    return at == std::string::npos ? 0 : std::atoi(log.c_str() + at + prefix.size());
  }

  std::pair<int, std::string> Get(const std::string& path) {
    httplib::Client client("127.0.0.1", PortIn("admin"));
    const httplib::Result result = client.Get(path);
    if (!result) return {0, httplib::to_string(result.error())};
    return {result->status, result->body};
  }

  std::string Token(absl::Duration lifetime = absl::Hours(1),
                    const std::string& audience = "identity.l5d.io",
                    const std::string& account = "web") {
    std::string token =
        jwt::SignToken(jwt::ServiceAccountClaims({"ns", account}, kTokenIssuer, audience,
                                                 absl::Now() - absl::Minutes(30),
                                                 lifetime + absl::Minutes(30)),
                       signer_)
            .value();
    KeepSecret(token);
    return token;
  }
  // Remembers what no log may hold.
  void KeepSecret(const std::string& secret) {
    absl::MutexLock lock(&secrets_mutex_);
    secrets_.push_back(secret);
  }
  proto::CertifyRequest GoodRequest() {
    proto::CertifyRequest request;
    request.set_identity(kIdentity);
    request.set_token(Token() + "\n");
    request.set_certificate_signing_request(
        x509::CertificateRequest::BuildDer(kIdentity, PrivateKey::GenerateEcdsaP256()).value());
    return request;
  }
  grpc::Status Certify(const proto::CertifyRequest& request, proto::CertifyResponse* response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    return stub_->Certify(&context, request, response);
  }

  // The issuer of a certificate that verifies; empty where none was issued, or it does not.
  std::string IssuerOfANewCertificate() {
    proto::CertifyResponse response;
    const grpc::Status status = Certify(GoodRequest(), &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    std::vector<absl::string_view> chain = {response.leaf_certificate()};
    for (const std::string& der : response.intermediate_certificates()) chain.push_back(der);
    const absl::StatusOr<x509::VerifiedPeer> peer =
        root_.Anchors().VerifyChain(chain, x509::PeerRole::kServer, absl::Now());
    EXPECT_OK(peer);
    if (!peer.ok()) return "";
    EXPECT_OK(peer->CheckId(x509::Id::Parse(kIdentity).value()));
    EXPECT_EQ(absl::FromUnixSeconds(response.valid_until().seconds()), peer->leaf.not_after());
    return peer->leaf.issuer();
  }

  static std::string PemBody(const PrivateKey& key) {
    const std::string pem(key.Pkcs8Pem().view());
    return pem.substr(pem.find('\n') + 1, 64);
  }

  void ExpectNoSecretInTheLog() {
    const std::string log = process_->log();
    absl::MutexLock lock(&secrets_mutex_);
    for (const std::string& secret : secrets_) EXPECT_THAT(log, Not(HasSubstr(secret)));
    EXPECT_THAT(log, Not(HasSubstr("PRIVATE KEY")));
  }

  const TestCa root_{"root.test", absl::Now()};
  const PrivateKey signer_ = PrivateKey::GenerateEcdsaP256();
  std::string folder_;
  int versions_ = 0;
  absl::Mutex secrets_mutex_;
  std::vector<std::string> secrets_ ABSL_GUARDED_BY(secrets_mutex_);
  std::unique_ptr<Process> process_;
  std::unique_ptr<proto::Identity::Stub> stub_;
};

TEST_F(IdentityBinaryTest, CertifiesAndStopsWhenTold) {
  SwapIssuer(root_.Intermediate("issuer.test"));
  Start("runner: ready");
  EXPECT_EQ(IssuerOfANewCertificate(), "CN=issuer.test");
  EXPECT_EQ(Get("/live").first, 200);
  EXPECT_EQ(Get("/ready").first, 200);
  EXPECT_THAT(
      Get("/metrics").second,
      AllOf(HasSubstr("identity_certificates_issued_total 1"),
            HasSubstr("identity_certificates_denied_total{reason=\"token\"} 0"),
            HasSubstr("grpc_server_handled_total{grpc_code=\"OK\",grpc_method=\"Certify\"")));
  ExpectNoSecretInTheLog();
  process_->Signal(SIGTERM);
  EXPECT_EQ(process_->Wait(), 0);
}

TEST_F(IdentityBinaryTest, RefusesWithTheContractsCodes) {
  SwapIssuer(root_.Intermediate("issuer.test"));
  Start("runner: ready");
  struct Case {
    grpc::StatusCode code;
    std::string message;
    proto::CertifyRequest request;
  };
  std::vector<Case> cases;
  const auto add = [&](grpc::StatusCode code, const std::string& message) {
    cases.push_back({code, message, GoodRequest()});
    return &cases.back().request;
  };
  constexpr auto kInvalid = grpc::StatusCode::INVALID_ARGUMENT;
  constexpr auto kPrecondition = grpc::StatusCode::FAILED_PRECONDITION;
  add(kInvalid, "identity is empty")->clear_identity();
  add(kInvalid, "it expired at")->set_token(Token(-absl::Minutes(5)));
  add(kInvalid, "not for")->set_token(Token(absl::Hours(1), "kubernetes"));
  add(kInvalid, "token is malformed")->set_token("t0p-s3cret");
  add(kInvalid, "not a DER PKCS#10")->set_certificate_signing_request("garbage");
  add(kPrecondition, "did not match")->set_token(Token(absl::Hours(1), "identity.l5d.io", "api"));
  add(kPrecondition, "asks for 2 DNS names")
      ->set_certificate_signing_request(
          x509::CertificateRequest::BuildDer(kIdentity,
                                             {{x509::SubjectAltName::Kind::kDns, kIdentity},
                                              {x509::SubjectAltName::Kind::kDns, "more.example"}},
                                             PrivateKey::GenerateEcdsaP256())
              .value());
  add(grpc::StatusCode::INTERNAL, "its key is RSA")
      ->set_certificate_signing_request(
          x509::CertificateRequest::BuildDer(kIdentity, PrivateKey::Generate(x509::KeyType::kRsa))
              .value());
  KeepSecret("t0p-s3cret");
  for (const Case& refused : cases) {
    proto::CertifyResponse response;
    const grpc::Status status = Certify(refused.request, &response);
    EXPECT_EQ(status.error_code(), refused.code) << status.error_message();
    EXPECT_THAT(status.error_message(), HasSubstr(refused.message));
  }
  EXPECT_EQ(IssuerOfANewCertificate(), "CN=issuer.test");
  ExpectNoSecretInTheLog();
}

TEST_F(IdentityBinaryTest, FollowsRotationsWithoutAFailedRequest) {
  SwapIssuer(root_.Intermediate("issuer0.test"));
  Start("runner: ready");
  std::atomic<bool> done{false};
  std::thread load([&] {
    while (!done) EXPECT_NE(IssuerOfANewCertificate(), "");
  });
  for (int i = 1; i <= 3; ++i) {
    const std::string name = absl::StrCat("issuer", i, ".test");
    SwapIssuer(root_.Intermediate(name));
    EXPECT_TRUE(process_->Logs(absl::StrCat("subject=\"CN=", name, "\""))) << process_->log();
    EXPECT_EQ(IssuerOfANewCertificate(), absl::StrCat("CN=", name));
  }
  SwapIssuer("garbage", "garbage");
  EXPECT_TRUE(process_->Logs("issuer not replaced: the one before stays in use"));
  EXPECT_EQ(IssuerOfANewCertificate(), "CN=issuer3.test");
  done = true;
  load.join();
  EXPECT_THAT(Get("/metrics").second,
              AllOf(HasSubstr("identity_reloads_total{result=\"error\",what=\"issuer\"} 1"),
                    HasSubstr("identity_reloads_total{result=\"ok\",what=\"issuer\"} 4")));
  ExpectNoSecretInTheLog();
}

TEST_F(IdentityBinaryTest, FollowsTheTokenKeys) {
  SwapIssuer(root_.Intermediate("issuer.test"));
  Start("runner: ready");
  const PrivateKey other = PrivateKey::GenerateEcdsaP256();
  ASSERT_OK(WriteFileAtomically(folder_ + "/jwks.json",
                                jwt::KeySetJson({other.public_key()}).value(), kPublicFileMode));
  ASSERT_TRUE(process_->Logs("token keys loaded"));
  const absl::Time deadline = absl::Now() + kPatience;
  grpc::Status status;
  do {  // The first "token keys loaded" may be the one of the start.
    proto::CertifyResponse response;
    status = Certify(GoodRequest(), &response);
  } while (status.ok() && absl::Now() < deadline);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("none of the 1 keys known here"));
}

TEST_F(IdentityBinaryTest, WaitsForAnIssuer) {
  Start("listening grpc=");
  EXPECT_EQ(Get("/ready").first, 503);
  proto::CertifyResponse response;
  EXPECT_EQ(Certify(GoodRequest(), &response).error_code(), grpc::StatusCode::UNAVAILABLE);
  SwapIssuer(root_.Intermediate("late.test"));
  EXPECT_TRUE(process_->Logs("runner: ready")) << process_->log();
  EXPECT_EQ(IssuerOfANewCertificate(), "CN=late.test");
}

TEST_F(IdentityBinaryTest, SaysEveryFaultOfItsCommandLine) {
  process_ = std::make_unique<Process>(std::vector<std::string>{
      "--controller-namespace", "a.b", "--identity-issuance-lifetime", "0s"});
  EXPECT_EQ(process_->Wait(), 1);
  EXPECT_TRUE(process_->Logs("--issuer-dir is missing"));
  EXPECT_THAT(process_->log(),
              AllOf(HasSubstr("--jwks is missing"), HasSubstr("--token-issuer is missing"),
                    HasSubstr("--controller-namespace is not"),
                    HasSubstr("--identity-issuance-lifetime is not between")));
}

}  // namespace
}  // namespace gossamer::identity
