#include "lib/dns/resolver.h"

#include <netdb.h>
#include <sys/time.h>

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "lib/status/status_macros.h"

namespace gossamer::dns {
namespace {

constexpr int kSrvType = 33;
constexpr int kInternetClass = 1;
constexpr int kTries = 2;
constexpr int kTimeoutMs = 1000;

absl::Status StatusOf(int code, absl::string_view name) {
  const std::string message = absl::StrCat("resolve ", name, ": ", ares_strerror(code));
  switch (code) {
    case ARES_ENODATA:
    case ARES_ENOTFOUND:
    case ARES_EBADNAME:
      return absl::NotFoundError(message);
    case ARES_ECANCELLED:
    case ARES_EDESTRUCTION:
      return absl::CancelledError(message);
    default:
      return absl::UnavailableError(message);
  }
}

}  // namespace

struct Resolver::Lookup {
  Resolver* resolver;
  std::string name;
  uint16_t port;
  OnResolved done;

  static void OnSrv(void* self, int status, int, unsigned char* answer, int length);
  static void OnAddresses(void* self, int status, int, ares_addrinfo* result);
};

// One of c-ares' sockets on the loop. Edge-triggered, while c-ares expects levels: what it leaves
// unread it has asked to be called for again, which its next answer's edge does.
class Resolver::Socket final : public event::IoHandler {
 public:
  Socket(Resolver* resolver, ares_socket_t fd) : resolver_(resolver), fd_(fd) {}
  absl::Status Start() { return watch_.Start(resolver_->loop_, fd_, this); }
  void Stop() { watch_.Stop(); }
  void OnIo(event::IoEvents events) override {
    resolver_->Process(events.readable ? fd_ : ARES_SOCKET_BAD,
                       events.writable ? fd_ : ARES_SOCKET_BAD);
  }

 private:
  Resolver* const resolver_;
  const ares_socket_t fd_;
  event::IoWatch watch_;
};

absl::StatusOr<std::unique_ptr<Resolver>> Resolver::Create(event::Loop* loop) {
  static const int kInitialized = ares_library_init(ARES_LIB_INIT_ALL);
  if (kInitialized != ARES_SUCCESS) return absl::InternalError("c-ares does not start");
  std::unique_ptr<Resolver> resolver(new Resolver(loop));
  ares_options options = {};
  options.tries = kTries;
  options.timeout = kTimeoutMs;
  options.sock_state_cb_data = resolver.get();
  options.sock_state_cb = [](void* self, ares_socket_t fd, int readable, int writable) {
    static_cast<Resolver*>(self)->OnSocketState(fd, readable != 0, writable != 0);
  };
  const int status = ares_init_options(
      &resolver->channel_, &options, ARES_OPT_TRIES | ARES_OPT_TIMEOUTMS | ARES_OPT_SOCK_STATE_CB);
  if (status != ARES_SUCCESS) {
    return absl::InternalError(absl::StrCat("set up name resolution: ", ares_strerror(status)));
  }
  return resolver;
}

Resolver::Resolver(event::Loop* loop)
    : loop_(loop), timer_(loop, [this] { Process(ARES_SOCKET_BAD, ARES_SOCKET_BAD); }) {}

Resolver::~Resolver() {
  if (channel_ != nullptr) ares_destroy(channel_);
}

void Resolver::OnSocketState(ares_socket_t fd, bool readable, bool writable) {
  if (!readable && !writable) {
    const auto it = sockets_.find(fd);
    if (it == sockets_.end()) return;
    // At once: c-ares closes the descriptor next, and its number may be another socket's soon.
    it->second->Stop();
    loop_->DeleteLater(std::move(it->second));
    sockets_.erase(it);
    return;
  }
  auto& socket = sockets_[fd];
  if (socket != nullptr) return;
  socket = std::make_unique<Socket>(this, fd);
  if (!socket->Start().ok()) sockets_.erase(fd);  // The lookup then ends by its timeout.
}

void Resolver::Process(ares_socket_t readable, ares_socket_t writable) {
  ares_process_fd(channel_, readable, writable);
  ArmTimer();
}

void Resolver::ArmTimer() {
  timeval buffer;
  const timeval* wait = ares_timeout(channel_, nullptr, &buffer);
  if (wait == nullptr) return timer_.Cancel();
  timer_.Arm(absl::DurationFromTimeval(*wait));
}

void Resolver::Resolve(absl::string_view name, uint16_t port, OnResolved done) {
  auto* lookup = new Lookup{this, std::string(name), port, std::move(done)};
  ares_query(channel_, lookup->name.c_str(), kInternetClass, kSrvType, &Lookup::OnSrv, lookup);
  ArmTimer();
}

void Resolver::Lookup::OnSrv(void* self, int status, int, unsigned char* answer, int length) {
  std::unique_ptr<Lookup> lookup(static_cast<Lookup*>(self));
  if (status == ARES_EDESTRUCTION || status == ARES_ECANCELLED) {
    return lookup->done(StatusOf(status, lookup->name));
  }
  std::vector<net::SocketAddress> addresses;
  ares_srv_reply* records = nullptr;
  if (status == ARES_SUCCESS && ares_parse_srv_reply(answer, length, &records) == ARES_SUCCESS) {
    for (const ares_srv_reply* record = records; record != nullptr; record = record->next) {
      const absl::StatusOr<net::IpAddress> ip = AddressInFirstLabel(record->host);
      if (ip.ok()) addresses.emplace_back(*ip, record->port);
    }
    ares_free_data(records);
  }
  if (!addresses.empty()) return lookup->done(std::move(addresses));
  Resolver* resolver = lookup->resolver;
  resolver->AskForAddresses(std::move(lookup));
}

void Resolver::AskForAddresses(std::unique_ptr<Lookup> lookup) {
  ares_addrinfo_hints hints = {};
  hints.ai_family = AF_UNSPEC;
  hints.ai_flags = ARES_AI_NOSORT;
  Lookup* raw = lookup.release();
  ares_getaddrinfo(channel_, raw->name.c_str(), nullptr, &hints, &Lookup::OnAddresses, raw);
  ArmTimer();
}

void Resolver::Lookup::OnAddresses(void* self, int status, int, ares_addrinfo* result) {
  std::unique_ptr<Lookup> lookup(static_cast<Lookup*>(self));
  if (status != ARES_SUCCESS) return lookup->done(StatusOf(status, lookup->name));
  std::vector<net::SocketAddress> addresses;
  for (const ares_addrinfo_node* node = result->nodes; node != nullptr; node = node->ai_next) {
    sockaddr_storage storage = {};
    __builtin_memcpy(&storage, node->ai_addr, node->ai_addrlen);
    addresses.emplace_back(net::SocketAddress::From(storage).ip(), lookup->port);
  }
  ares_freeaddrinfo(result);
  if (addresses.empty()) return lookup->done(StatusOf(ARES_ENODATA, lookup->name));
  lookup->done(std::move(addresses));
}

absl::StatusOr<net::IpAddress> AddressInFirstLabel(absl::string_view name) {
  const absl::string_view label = name.substr(0, name.find('.'));
  const absl::StatusOr<net::IpAddress> v4 =
      net::IpAddress::Parse(absl::StrReplaceAll(label, {{"-", "."}}));
  if (v4.ok()) return v4;
  return net::IpAddress::Parse(absl::StrReplaceAll(label, {{"-", ":"}}));
}

}  // namespace gossamer::dns
