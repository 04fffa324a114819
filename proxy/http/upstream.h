#ifndef PROXY_HTTP_UPSTREAM_H_
#define PROXY_HTTP_UPSTREAM_H_

#include "absl/status/status.h"
#include "lib/http/message.h"
#include "lib/http/stream.h"

namespace gossamer::proxy {

class RequestQueue;

// A request that waits for a connection to go out on. Stands in at most one queue, which it leaves
// when it is destroyed.
class PendingRequest {
 public:
  PendingRequest() = default;
  PendingRequest(const PendingRequest&) = delete;
  PendingRequest& operator=(const PendingRequest&) = delete;

  virtual const http::RequestHead& head() const = 0;
  virtual http::StreamHandler* stream_handler() = 0;
  // The head has been sent on this stream, whose handler is stream_handler().
  virtual void OnStream(http::Stream* stream) = 0;
  // There will be no connection.
  virtual void OnConnectFailure(const absl::Status& status) = 0;

  bool queued() const { return queue_ != nullptr; }
  // Leaves the queue.
  inline void Unqueue();

 protected:
  ~PendingRequest() { Unqueue(); }

 private:
  friend class RequestQueue;

  RequestQueue* queue_ = nullptr;
  PendingRequest* next_ = nullptr;
  PendingRequest* previous_ = nullptr;
};

// Requests that wait, first come first served. Borrows them: the links lie in the requests.
class RequestQueue {
 public:
  RequestQueue() = default;
  RequestQueue(const RequestQueue&) = delete;
  RequestQueue& operator=(const RequestQueue&) = delete;
  ~RequestQueue() {
    while (first_ != nullptr) Remove(first_);
  }

  bool empty() const { return size_ == 0; }
  int size() const { return size_; }

  void Push(PendingRequest* request) {
    request->queue_ = this;
    request->previous_ = last_;
    request->next_ = nullptr;
    (last_ == nullptr ? first_ : last_->next_) = request;
    last_ = request;
    ++size_;
  }

  // Takes the first; null if there is none.
  PendingRequest* Pop() {
    PendingRequest* request = first_;
    if (request != nullptr) Remove(request);
    return request;
  }

  // Fails those that wait now; what comes in answer is left.
  void FailAll(const absl::Status& status) {
    for (int left = size_; left > 0; --left) {
      PendingRequest* request = Pop();
      if (request == nullptr) return;
      request->OnConnectFailure(status);
    }
  }

 private:
  friend class PendingRequest;

  void Remove(PendingRequest* request) {
    (request->previous_ == nullptr ? first_ : request->previous_->next_) = request->next_;
    (request->next_ == nullptr ? last_ : request->next_->previous_) = request->previous_;
    request->queue_ = nullptr;
    --size_;
  }

  PendingRequest* first_ = nullptr;
  PendingRequest* last_ = nullptr;
  int size_ = 0;
};

inline void PendingRequest::Unqueue() {
  if (queue_ != nullptr) queue_->Remove(this);
}

}  // namespace gossamer::proxy

#endif  // PROXY_HTTP_UPSTREAM_H_
