#include "lib/http/http2/session.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/string_view.h"
#include "lib/buffer/block_pool.h"
#include "lib/http/http2/request_fault.h"

namespace gossamer::http2 {
namespace {

// Limits on peers that misuse the protocol; beyond them nghttp2 ends the connection.
constexpr size_t kMaxQueuedAcks = 1000;  // SETTINGS and PING answers that wait to be sent.
constexpr size_t kMaxSettings = 32;
constexpr size_t kMaxContinuations = 16;
constexpr size_t kMaxSendHeaderBlockBytes = 1 << 20;
constexpr uint64_t kNoLimit = uint64_t{1} << 32;

nghttp2_option* MakeOptions() {
  nghttp2_option* option = nullptr;
  nghttp2_option_new(&option);
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_option_set_no_closed_streams(option, 1);
  // Its own limit does not know what a client completes; ResetBudget does.
  nghttp2_option_set_stream_reset_rate_limit(option, kNoLimit, kNoLimit);
  nghttp2_option_set_max_outbound_ack(option, kMaxQueuedAcks);
  nghttp2_option_set_max_settings(option, kMaxSettings);
  nghttp2_option_set_max_continuations(option, kMaxContinuations);
  nghttp2_option_set_max_send_header_block_length(option, kMaxSendHeaderBlockBytes);
  return option;
}

// nghttp2 allocates several times for each stream.
nghttp2_mem* PooledMemory() {
  static nghttp2_mem memory = {
      nullptr,
      [](size_t size, void*) { return BlockPool::Allocate(size); },
      [](void* block, void*) { BlockPool::Free(block); },
      [](size_t count, size_t size, void*) { return BlockPool::AllocateZeroed(count, size); },
      [](void* block, size_t size, void*) { return BlockPool::Reallocate(block, size); },
  };
  return &memory;
}

absl::string_view View(const uint8_t* data, size_t size) {
  return absl::string_view(reinterpret_cast<const char*>(data), size);
}

}  // namespace

// What nghttp2 calls: thin, each hands on to the stream or the connection.
struct Connection::Session::Callbacks {
  static Connection* Self(void* user_data) { return static_cast<Connection*>(user_data); }
  static Stream* Find(nghttp2_session* session, int32_t id) {
    return static_cast<Stream*>(nghttp2_session_get_stream_user_data(session, id));
  }

  static int OnBeginFrame(nghttp2_session* session, const nghttp2_frame_hd* header,
                          void* user_data) {
    const bool end_stream = (header->flags & NGHTTP2_FLAG_END_STREAM) != 0;
    const bool data = header->type == NGHTTP2_DATA && (header->length > 0 || end_stream);
    // CONTINUATION has limits of its own, and HEADERS is a request's.
    const bool head = header->type == NGHTTP2_HEADERS || header->type == NGHTTP2_CONTINUATION;
    if (!data && !head) Self(user_data)->CountIdleFrames(1);
    // A head before it has ended, however that was.
    if (header->type != NGHTTP2_CONTINUATION) Self(user_data)->deadlines_.OnHeadEnded();
    if (header->type == NGHTTP2_PUSH_PROMISE) {
      // Never allowed; by itself nghttp2 would take pushes from a server that acknowledges nothing.
      nghttp2_session_terminate_session(session, NGHTTP2_PROTOCOL_ERROR);
    }
    return 0;
  }

  // RFC 9113 section 8.2.1: a request with such a field is malformed; by itself nghttp2 would drop
  // some of these fields in silence.
  static int OnInvalidHeader(nghttp2_session*, const nghttp2_frame*, const uint8_t*, size_t,
                             const uint8_t*, size_t, uint8_t, void*) {
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }

  // A head that breaks the rules of messages: nghttp2 resets its stream. What else is called
  // invalid ends the connection, whose GOAWAY tells.
  static int OnInvalidFrame(nghttp2_session* session, const nghttp2_frame* frame, int error,
                            void* user_data) {
    if (error != NGHTTP2_ERR_HTTP_HEADER && error != NGHTTP2_ERR_HTTP_MESSAGING) return 0;
    Self(user_data)->deadlines_.OnHeadEnded();
    Stream* stream = Find(session, frame->hd.stream_id);
    if (stream == nullptr || !stream->fault_.empty()) return 0;
    stream->fault_ = error == NGHTTP2_ERR_HTTP_HEADER ? "malformed_field" : "malformed_message";
    Self(user_data)->CountFault(stream->fault_);
    return 0;
  }

  static int OnBeginHeaders(nghttp2_session* session, const nghttp2_frame* frame, void* user_data) {
    if (frame->hd.type != NGHTTP2_HEADERS) return 0;
    Connection* self = Self(user_data);
    Stream* stream = Find(session, frame->hd.stream_id);
    if (stream == nullptr) {
      if (self->role_ == Role::kClient) return 0;
      stream = self->AddStream(frame->hd.stream_id);
      nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, stream);
    }
    self->receiving_ = stream;
    self->deadlines_.OnHeadBegun(self->loop_->now_ns());
    stream->BeginHeaders(stream->head_received_ ? Stream::Section::kTrailers
                                                : Stream::Section::kHead);
    return 0;
  }

  static int OnHeader(nghttp2_session* session, const nghttp2_frame* frame, const uint8_t* name,
                      size_t name_length, const uint8_t* value, size_t value_length, uint8_t,
                      void* user_data) {
    Stream* stream = Self(user_data)->receiving_;
    if (stream == nullptr || stream->id_ != frame->hd.stream_id) {
      stream = Find(session, frame->hd.stream_id);
    }
    if (stream == nullptr || name_length == 0) return 0;
    const bool go_on = stream->AddField(View(name, name_length), View(value, value_length));
    return go_on ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
  }

  static int OnFrameReceived(nghttp2_session* session, const nghttp2_frame* frame,
                             void* user_data) {
    Connection* self = Self(user_data);
    switch (frame->hd.type) {
      case NGHTTP2_HEADERS:
      case NGHTTP2_DATA: {
        const bool end_stream = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
        Stream* stream = Find(session, frame->hd.stream_id);
        if (frame->hd.type == NGHTTP2_HEADERS) self->deadlines_.OnHeadEnded();
        if (stream == nullptr) break;
        if (frame->hd.type == NGHTTP2_HEADERS) {
          stream->EndHeaders(end_stream);
          stream = Find(session, frame->hd.stream_id);
        }
        if (end_stream && stream != nullptr) stream->ReceiveEnd();
        break;
      }
      case NGHTTP2_PING:
        if ((frame->hd.flags & NGHTTP2_FLAG_ACK) == 0) break;
        if (std::equal(std::begin(kDrainPing), std::end(kDrainPing), frame->ping.opaque_data)) {
          self->SendFinalGoaway();
        } else {
          self->ping_outstanding_ = false;
        }
        break;
      case NGHTTP2_GOAWAY:
        if (!std::exchange(self->draining_, true)) self->OnDraining();
        self->RefuseUnsent();
        break;
      case NGHTTP2_SETTINGS:
        self->OnCapacity();
        break;
      default:
        break;
    }
    return 0;
  }

  static int OnDataChunk(nghttp2_session* session, uint8_t, int32_t id, const uint8_t* data,
                         size_t length, void*) {
    Stream* stream = Find(session, id);
    if (stream != nullptr) {
      stream->ReceiveData(View(data, length));
    } else {
      nghttp2_session_consume_connection(session, length);
    }
    return 0;
  }

  static int OnStreamClose(nghttp2_session* session, int32_t id, uint32_t error_code,
                           void* user_data) {
    Stream* stream = Find(session, id);
    if (stream == nullptr) return 0;
    nghttp2_session_set_stream_user_data(session, id, nullptr);
    Connection* self = Self(user_data);
    if (stream->received_end_ && stream->sent_end_) {
      self->resets_.OnCompleted();
    } else if (error_code != NGHTTP2_NO_ERROR && !stream->reset_sent_) {
      self->CountReset();
    }
    stream->Closed(error_code);
    self->RemoveStream(stream);
    return 0;
  }

  static int OnFrameSent(nghttp2_session* session, const nghttp2_frame* frame, void* user_data) {
    if (frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code != NGHTTP2_NO_ERROR) {
      const uint32_t code = frame->goaway.error_code;
      Self(user_data)->goaway_code_ = code;
      Self(user_data)->TellEndReason(ErrorReason(code));
    }
    Stream* stream = Find(session, frame->hd.stream_id);
    if (stream == nullptr) return 0;
    if (frame->hd.type == NGHTTP2_RST_STREAM) {
      stream->reset_sent_ = true;
      const uint32_t code = frame->rst_stream.error_code;
      if (stream->handler_ != nullptr && code != NGHTTP2_NO_ERROR && stream->fault_.empty()) {
        Self(user_data)->CountFault(ErrorReason(code));
      }
    }
    if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
    stream->head_sent_ = true;
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
    stream->sent_end_ = true;
    // A server that has answered needs no more of the request (RFC 9113 section 8.1).
    if (Self(user_data)->role_ == Role::kServer && !stream->received_end_) {
      stream->received_end_ = true;
      nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, http::kH2NoError);
    }
    return 0;
  }

  // A head that cannot be sent (it is too large, say) must not leave its stream waiting for ever.
  static int OnFrameNotSent(nghttp2_session* session, const nghttp2_frame* frame, int, void*) {
    if (frame->hd.type != NGHTTP2_HEADERS) return 0;
    // A request's stream nghttp2 closes by itself, and the peer must not hear of it.
    if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) return 0;
    nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
                              http::kH2InternalError);
    return 0;
  }

  static int SendData(nghttp2_session*, nghttp2_frame*, const uint8_t* frame_header, size_t length,
                      nghttp2_data_source* source, void* user_data) {
    Connection* self = Self(user_data);
    auto* stream = static_cast<Stream*>(source->ptr);
    constexpr size_t kFrameHeaderBytes = 9;
    self->output_.Append(View(frame_header, kFrameHeaderBytes));
    self->output_.MoveFrom(&stream->queue_, length);
    stream->MaybeSendReady();
    self->deadlines_.OnDataSent(self->loop_->now_ns());
    // What is small because its window is does not count: a peer that opens it a byte at a time has
    // a frame made for each of its own.
    if (length >= kUsefulDataBytes || stream->queue_.empty()) {
      self->idle_frames_ = std::max(0, self->idle_frames_ - kIdleFramesPerDataFrame);
    }
    return 0;
  }

  static nghttp2_session_callbacks* Make() {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, &OnBeginFrame);
    nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, &OnInvalidHeader);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, &OnInvalidFrame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, &OnBeginHeaders);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, &OnHeader);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &OnFrameReceived);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &OnDataChunk);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &OnStreamClose);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, &OnFrameSent);
    nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, &OnFrameNotSent);
    nghttp2_session_callbacks_set_send_data_callback(callbacks, &SendData);
    return callbacks;
  }
};

int Connection::Session::Create(Connection* connection, nghttp2_session** session) {
  static const nghttp2_session_callbacks* const kCallbacks = Callbacks::Make();
  static const nghttp2_option* const kOptions = MakeOptions();
  const auto create = connection->role_ == Role::kServer ? &nghttp2_session_server_new3
                                                         : &nghttp2_session_client_new3;
  return create(session, kCallbacks, connection, kOptions, PooledMemory());
}

}  // namespace gossamer::http2
