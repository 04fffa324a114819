#include "tests/bench/peer.h"

#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "lib/status/status_macros.h"
#include "lib/x509/certificate.h"
#include "lib/x509/certificate_builder.h"
#include "lib/x509/keys.h"
#include "tests/bench/load_ports.h"
#include "tests/bench/sockets.h"
#include "tests/support/pki.h"

namespace gossamer::bench {
namespace {

constexpr int kEnvoyPort = 18001;
constexpr int kHaproxyPort = 28001;
constexpr int kRelayPort = 23001;
constexpr int kServerPorts = 1000;
constexpr int kProtocols = 3;
constexpr absl::Duration kStartTimeout = absl::Seconds(20);

x509::CertificateSpec Spec(const std::string& name, bool is_ca) {
  x509::CertificateSpec spec;
  spec.common_name = name;
  spec.not_before = absl::Now() - absl::Minutes(1);
  spec.not_after = absl::Now() + (is_ca ? absl::Hours(48) : absl::Hours(24));
  spec.is_ca = is_ca;
  return spec;
}

// PREFIXca.pem, PREFIXcrt.pem, PREFIXkey.pem and PREFIXboth.pem, on a private memory file system.
absl::Status WriteCertificates(const std::string& prefix) {
  const x509::PrivateKey root_key = x509::PrivateKey::GenerateEcdsaP256();
  GOSSAMER_ASSIGN_OR_RETURN(const x509::Certificate root,
                            x509::SelfSignCertificate(Spec("bench-root", true), root_key));
  const x509::PrivateKey key = x509::PrivateKey::GenerateEcdsaP256();
  GOSSAMER_ASSIGN_OR_RETURN(
      const x509::Certificate leaf,
      x509::SignCertificate(Spec("bench-peer", false), key.public_key(), root, root_key));
  const x509::SecretString key_text = key.Pkcs8Pem();
  const absl::string_view key_pem = key_text.view();
  GOSSAMER_RETURN_IF_ERROR(harness::WriteFileFor(prefix + "ca.pem", root.Pem(), 0, 0644));
  GOSSAMER_RETURN_IF_ERROR(harness::WriteFileFor(prefix + "crt.pem", leaf.Pem(), 0, 0644));
  GOSSAMER_RETURN_IF_ERROR(harness::WriteFileFor(prefix + "key.pem", key_pem, 0, 0600));
  return harness::WriteFileFor(prefix + "both.pem", absl::StrCat(leaf.Pem(), key_pem), 0, 0600);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Peer>> Peer::StartEnvoy(const Options& options) {
  return Start({kEnvoy,
                kEnvoyPort,
                "config.yaml",
                {"--concurrency", "1", "--disable-hot-restart", "--log-level", "error", "-c"},
                EnvoyConfiguration},
               options);
}

absl::StatusOr<std::unique_ptr<Peer>> Peer::StartHaproxy(const Options& options) {
  return Start({kHaproxy, kHaproxyPort, "config.cfg", {"-db", "-q", "-f"}, HaproxyConfiguration},
               options);
}

absl::StatusOr<std::unique_ptr<Peer>> Peer::StartRelay(const Options& options) {
  return Start({kRelay, kRelayPort, "ports.txt", {}, RelayConfiguration}, options);
}

absl::StatusOr<std::unique_ptr<Peer>> Peer::Start(Kind kind, const Options& options) {
  std::unique_ptr<Peer> peer(new Peer(std::move(kind), options));
  GOSSAMER_RETURN_IF_ERROR(WriteCertificates(peer->path("")));
  for (bool client_side : {false, true}) {
    GOSSAMER_RETURN_IF_ERROR(
        harness::WriteFileFor(peer->path(absl::StrCat(client_side, "-", peer->kind_.file_suffix)),
                              peer->kind_.configuration(*peer, client_side), 0, 0644));
  }
  GOSSAMER_RETURN_IF_ERROR(peer->StartSide(false, &peer->server_side_));
  GOSSAMER_RETURN_IF_ERROR(peer->StartSide(true, &peer->client_side_));
  return peer;
}

absl::Status Peer::StartSide(bool client_side, std::unique_ptr<harness::Process>* process) {
  harness::Process::Options options;
  options.name =
      absl::StrCat(kind_.name, client_side ? " beside the client" : " beside the server");
  options.argv = {options_.program};
  for (const std::string& argument : kind_.arguments) options.argv.push_back(argument);
  options.argv.push_back(path(absl::StrCat(client_side, "-", kind_.file_suffix)));
  options.environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"};
  options.log_path = path(absl::StrCat(client_side, ".log"));
  options.network_fd = (client_side ? options_.client : options_.server)->network_fd();
  GOSSAMER_ASSIGN_OR_RETURN(*process, harness::Process::Start(options));
  return WaitAccepting(client_side, process->get());
}

absl::Status Peer::WaitAccepting(bool client_side, harness::Process* process) {
  const absl::Time deadline = absl::Now() + kStartTimeout;
  bool accepts = false;
  (client_side ? options_.client : options_.server)->Run([&] {
    while (!accepts && absl::Now() < deadline && process->Running()) {
      const int fd = ConnectTo(listen_ip(client_side), listen_port(client_side, kProtocols - 1));
      accepts = fd >= 0;
      if (accepts) close(fd);
      if (!accepts) absl::SleepFor(absl::Milliseconds(1));
    }
  });
  if (accepts) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat(process->name(), " does not listen; its log:\n", process->LogTail()));
}

absl::StatusOr<absl::Duration> Peer::RestartClientSide() {
  client_side_->Stop(absl::ZeroDuration());
  const absl::Time begun = absl::Now();
  GOSSAMER_RETURN_IF_ERROR(StartSide(true, &client_side_));
  return absl::Now() - begun;
}

Contestant Peer::AsContestant() {
  Contestant contestant;
  contestant.name = kind_.name;
  contestant.client = options_.client;
  contestant.ip = listen_ip(true);
  contestant.http1_port = listen_port(true, 0);
  contestant.http2_port = listen_port(true, 1);
  contestant.bulk_port = listen_port(true, 2);
  contestant.authority = "load-server";
  contestant.proxies = [this] { return std::vector{client_side_->pid(), server_side_->pid()}; };
  contestant.time_to_ready = [this] { return RestartClientSide(); };
  return contestant;
}

std::string Peer::listen_ip(bool client_side) const {
  return client_side ? "127.0.0.1" : options_.server->ip();
}

int Peer::listen_port(bool client_side, int protocol) const {
  return kind_.first_port + protocol + (client_side ? 0 : kServerPorts);
}

std::string Peer::target_ip(bool client_side) const {
  return client_side ? options_.server->ip() : "127.0.0.1";
}

int Peer::target_port(bool client_side, int protocol) const {
  return client_side ? listen_port(false, protocol) : kHttp1Port + protocol;
}

}  // namespace gossamer::bench
