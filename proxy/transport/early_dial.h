#ifndef PROXY_TRANSPORT_EARLY_DIAL_H_
#define PROXY_TRANSPORT_EARLY_DIAL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lib/event/loop.h"
#include "lib/net/byte_stream.h"
#include "proxy/transport/dial.h"

namespace gossamer::proxy {

// The server's side of a connection whose protocol is being detected.
//
// What the early dials of a worker share.
struct EarlyDials {
  int held = 0;         // Connections that were dialled early and are not used yet.
  int64_t next_ns = 0;  // When the next one may begin, on the loop's clock.
};

// Most clients speak first, and their first bytes say what the connection is. A client that stays
// silent may be waiting for a server that greets it (SMTP, MySQL, SSH); waiting for such a client
// would cost the whole detection timeout. So a silent client's server is dialled early, and whoever
// speaks first decides: if the server does, and not as HTTP servers do unasked, the connection is
// no HTTP. What was dialled early carries opaque bytes or nothing: for HTTP it is closed unused.
//
//   kIdle ──Watch()──> kDialling ──> kListening ──> kSpoken
//     ^  └──Need()────────^                            (the owner hears OnServerSpoke)
//     └── refused, closed by the server, a server of HTTP, or Drop()
//   Need() in any state: the owner gets the connection, or the reason why there is none.
//
// Belongs to one connection and stays on its loop.
class EarlyDial final : private event::IoHandler {
 public:
  // How long a client may be silent before its server is dialled. A client that speaks first does
  // so with the last packet of the handshake or right behind it, whatever the distance; 10 ms is
  // what a busy machine's scheduler may add. Too short costs HTTP a connection that is made in
  // vain, too long delays every server that speaks first; two proxies wait one after the other.
  static constexpr absl::Duration kPatience = absl::Milliseconds(10);
  // Between the beginnings of two on a worker. A pool of clients' connections that are opened and
  // not yet used must not make as many handshakes, a millisecond of both proxies' time each, in one
  // go.
  static constexpr absl::Duration kPace = absl::Milliseconds(2);
  // Of the server's first words; the rest waits in the kernel.
  static constexpr size_t kMaxSpokenBytes = 4096;
  // Connections of one worker that are held for silent clients; beyond that detection waits for
  // the client alone, so that many silent clients cannot double the descriptors in use.
  static constexpr int kMaxHeld = 1024;

  struct Server {
    std::unique_ptr<net::ByteStream> stream;
    std::string spoken;  // What it has said so far.
  };

  class Owner {
   public:
    // Whether the server may be dialled, and the client hear it, as far as anything is known now.
    virtual bool MayDialEarly() = 0;
    // Begins to connect; `done` runs later, unless the result is destroyed.
    virtual std::unique_ptr<PendingDial> DialServer(PendingDial::OnDone done) = 0;
    // The server has spoken; told once.
    virtual void OnServerSpoke() = 0;
    // The answer to Need(), perhaps within it.
    virtual void OnServerDialled(absl::StatusOr<Server> server) = 0;

   protected:
    ~Owner() = default;
  };

  // `all` is the worker's. All are borrowed and outlive this.
  EarlyDial(event::Loop* loop, EarlyDials* all, Owner* owner);
  ~EarlyDial() { Drop(); }

  // The client is silent so far: dials after kPatience, if that is allowed then.
  void Watch();
  // The client has begun to speak: nothing is dialled early any more; what was, is kept.
  void StopWatching() { patience_.Cancel(); }
  // The connection is to be forwarded: asks for the server, dialled by now or not.
  void Need();
  // The server is not needed: gives up, or closes what was dialled in order.
  void Drop();

  bool server_spoke() const { return phase_ == Phase::kSpoken; }

 private:
  enum class Phase { kIdle, kDialling, kListening, kSpoken };

  void OnIo(event::IoEvents events) override {
    if (events.readable) Listen();
  }
  void OnPatienceOver();
  void StartDial();
  void OnDialDone(absl::StatusOr<std::unique_ptr<net::ByteStream>> stream);
  void Listen();
  void Release();

  event::Loop* const loop_;
  EarlyDials* const all_;
  Owner* const owner_;
  event::Timer patience_;
  Phase phase_ = Phase::kIdle;
  bool paced_ = false;    // It has its time to begin.
  bool holds_ = false;    // Counted among those held.
  bool needed_ = false;   // The owner waits for the dial.
  bool refused_ = false;  // The server had no use for the connection: once is enough.
  std::unique_ptr<PendingDial> dial_;
  Server server_;
};

}  // namespace gossamer::proxy

#endif  // PROXY_TRANSPORT_EARLY_DIAL_H_
