#ifndef LIB_NET_TESTING_MEMORY_STREAM_H_
#define LIB_NET_TESTING_MEMORY_STREAM_H_

#include <memory>

#include "absl/strings/string_view.h"
#include "lib/buffer/byte_queue.h"
#include "lib/event/loop.h"
#include "lib/net/byte_stream.h"

namespace gossamer::net::testing {

// One end of a connection without a kernel: what one end writes the other reads, in the loop's
// next turns, in any amount. For benchmarks and tests of what stands on a connection: it costs
// little, and nothing is allocated in steady traffic.
class MemoryStream final : public ByteStream {
 public:
  struct Pair {
    std::unique_ptr<MemoryStream> client;
    std::unique_ptr<MemoryStream> server;
  };
  static Pair Connect(event::Loop* loop);

  ~MemoryStream() override;

  void SetHandler(event::IoHandler* handler) override { handler_ = handler; }
  IoResult Read(char* buffer, size_t max) override;
  IoResult Write(ByteQueue* queue) override;
  IoResult Write(absl::string_view data) override;
  void ShutdownWrite() override;
  void ResetOnClose() override {}
  int fd() const override { return -1; }

 private:
  explicit MemoryStream(event::Loop* loop);
  void End();
  void Tell();

  event::Deferred tell_;
  MemoryStream* other_ = nullptr;  // Null once it is gone.
  event::IoHandler* handler_ = nullptr;
  ByteQueue input_;
  bool ended_ = false;  // Nothing follows the input.
};

}  // namespace gossamer::net::testing

#endif  // LIB_NET_TESTING_MEMORY_STREAM_H_
