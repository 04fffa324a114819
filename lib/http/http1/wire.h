#ifndef LIB_HTTP_HTTP1_WIRE_H_
#define LIB_HTTP_HTTP1_WIRE_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "lib/buffer/byte_queue.h"
#include "lib/event/loop.h"
#include "lib/net/byte_stream.h"

namespace gossamer::http1 {

// Moves the bytes of one HTTP/1 connection: input is handed to the owner straight from the thread's
// read buffer, and what the owner leaves is kept for the next time; output is gathered until the
// end of the loop's turn. An idle wire holds no buffer.
class Wire final : private event::IoHandler {
 public:
  class Owner {
   public:
    // Takes what it can use of the input from its front; returns how much. Less than all means that
    // it needs more bytes, or has paused the wire. It may call anything but delete the wire.
    virtual size_t OnInput(absl::string_view input) = 0;
    // The peer has ended its side in order (`error` 0), or the connection broke while being read.
    virtual void OnInputEnd(int error) = 0;
    // The connection broke while the wire was paused. What came before may still be read: the end
    // follows once the wire goes on.
    virtual void OnBrokenWhilePaused() {}
    // Output that was above the high mark is below the low one. Not within Append().
    virtual void OnOutputLow() = 0;
    // FIN has been sent, as ShutdownAfterFlush() asked.
    virtual void OnShutDown() = 0;
    // The connection broke while being written.
    virtual void OnOutputError(int error) = 0;

   protected:
    ~Owner() = default;
  };

  // `owner` outlives the wire.
  Wire(event::Loop* loop, std::unique_ptr<net::ByteStream> transport, Owner* owner);

  // Goes on with bytes that were read already, then with what comes. The owner hears of nothing
  // before the end of the turn.
  void Start(absl::string_view already_read);
  // No OnInput() until Resume(), which hands out what was kept at the end of the turn.
  void Pause() { paused_ = true; }
  void Resume();
  bool paused() const { return paused_; }
  // Whether the peer's side has ended.
  bool input_ended() const { return input_ended_; }
  // Tells OnInputEnd() once more, behind what was kept: for an owner that has changed what input
  // is.
  void RepeatInputEnd();
  bool has_kept_input() const { return !kept_.empty(); }
  // Both of what the owner has not used and of what the peer has not taken.
  size_t held_bytes() const { return kept_.size() + output_.size(); }

  // Where the owner appends; ScheduleFlush() sends.
  ByteQueue* output() { return &output_; }
  void ScheduleFlush() { flush_.Schedule(); }
  // Sends FIN once the output is out.
  void ShutdownAfterFlush();
  // True when FIN has been sent.
  bool shut_down() const { return shut_down_; }
  // No callback follows; the connection closes when the wire is destroyed.
  void Close();

  net::ByteStream* transport() { return transport_.get(); }

  static constexpr size_t kOutputHigh = 64 * 1024;

 private:
  static constexpr size_t kOutputLow = kOutputHigh / 2;
  // After this much input, others of the loop get their turn.
  static constexpr size_t kMaxBytesPerTurn = 512 * 1024;

  void OnIo(event::IoEvents events) override;
  void Receive();
  void ReadOn();
  void HandKept();
  void Flush();

  const std::unique_ptr<net::ByteStream> transport_;
  Owner* const owner_;
  event::Deferred flush_;
  event::Deferred receive_;
  ByteQueue output_;
  std::string kept_;  // Input that the owner has not used.
  bool paused_ = false;
  bool input_ended_ = false;
  bool end_untold_ = false;
  int end_error_ = 0;
  bool blocked_ = false;  // The transport waits for its peer, perhaps with bytes of its own.
  bool was_high_ = false;
  bool shutdown_wanted_ = false;
  bool shut_down_ = false;
  bool closed_ = false;
};

}  // namespace gossamer::http1

#endif  // LIB_HTTP_HTTP1_WIRE_H_
