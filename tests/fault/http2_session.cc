#include "tests/fault/http2_session.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace gossamer::fault_test {
namespace {

constexpr absl::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr size_t kFrameHeaderBytes = 9;

// Never indexed: a head that a test cuts out must not be missed by those that follow.
nghttp2_nv Field(const std::string& name, const std::string& value) {
  return {reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())),
          reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(),
          NGHTTP2_NV_FLAG_NO_INDEX};
}

std::string Text(const uint8_t* data, size_t size) {
  return std::string(reinterpret_cast<const char*>(data), size);
}

}  // namespace

struct Http2Session::Callbacks {
  static Http2Session* Self(void* user_data) { return static_cast<Http2Session*>(user_data); }

  static int OnHeader(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name,
                      size_t name_size, const uint8_t* value, size_t value_size, uint8_t,
                      void* user_data) {
    Self(user_data)->messages[frame->hd.stream_id].fields[Text(name, name_size)] =
        Text(value, value_size);
    return 0;
  }
  static int OnData(nghttp2_session*, uint8_t, int32_t stream, const uint8_t* data, size_t size,
                    void* user_data) {
    Self(user_data)->messages[stream].body += Text(data, size);
    return 0;
  }
  static int OnFrame(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
    if (frame->hd.type == NGHTTP2_GOAWAY) Self(user_data)->goaway = true;
    const bool carries = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (carries && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
      Self(user_data)->messages[frame->hd.stream_id].ended = true;
    }
    return 0;
  }
  static int OnClose(nghttp2_session*, int32_t stream, uint32_t code, void* user_data) {
    Self(user_data)->messages[stream].closed = code;
    return 0;
  }
  static nghttp2_ssize ReadBody(nghttp2_session* session, int32_t stream, uint8_t* buffer,
                                size_t size, uint32_t* flags, nghttp2_data_source*,
                                void* user_data) {
    Body& body = Self(user_data)->bodies_[stream];
    // In two frames at least, so that there is a border between them.
    const size_t half = (body.left.size() + 1) / 2;
    const size_t count = std::min(size, body.left.size() > 16 ? half : body.left.size());
    std::copy_n(body.left.begin(), count, buffer);
    body.left.erase(0, count);
    if (!body.left.empty()) return static_cast<nghttp2_ssize>(count);
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (!body.trailer.empty()) {
      *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      const std::string name = "x-trailer";
      const nghttp2_nv trailer = Field(name, body.trailer);
      nghttp2_submit_trailer(session, stream, &trailer, 1);
    }
    return static_cast<nghttp2_ssize>(count);
  }
};

Http2Session::Http2Session(Role role) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, &Callbacks::OnHeader);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &Callbacks::OnData);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &Callbacks::OnFrame);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &Callbacks::OnClose);
  const int error = role == Role::kClient ? nghttp2_session_client_new(&session_, callbacks, this)
                                          : nghttp2_session_server_new(&session_, callbacks, this);
  if (error != 0) std::abort();
  nghttp2_session_callbacks_del(callbacks);
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0);
}

Http2Session::~Http2Session() { nghttp2_session_del(session_); }

nghttp2_data_provider2 Http2Session::BodyOf(int32_t stream) {
  nghttp2_data_provider2 provider = {};
  provider.read_callback = &Callbacks::ReadBody;
  return provider;
}

int32_t Http2Session::Request(const std::string& path, const std::string& body) {
  const std::vector<std::pair<std::string, std::string>> fields = {
      {":method", body.empty() ? "GET" : "POST"},
      {":scheme", "http"},
      {":authority", "server"},
      {":path", path}};
  std::vector<nghttp2_nv> values;
  values.reserve(fields.size());
  for (const auto& [name, value] : fields) values.push_back(Field(name, value));
  const int32_t next = static_cast<int32_t>(nghttp2_session_get_next_stream_id(session_));
  bodies_[next] = {body, ""};
  const nghttp2_data_provider2 provider = BodyOf(next);
  return nghttp2_submit_request2(session_, nullptr, values.data(), values.size(),
                                 body.empty() ? nullptr : &provider, nullptr);
}

void Http2Session::Respond(int32_t stream, const std::string& id, const std::string& body,
                           const std::string& trailer) {
  const std::vector<std::pair<std::string, std::string>> fields = {{":status", "200"},
                                                                   {"x-id", id}};
  std::vector<nghttp2_nv> values;
  values.reserve(fields.size());
  for (const auto& [name, value] : fields) values.push_back(Field(name, value));
  bodies_[stream] = {body, trailer};
  const nghttp2_data_provider2 provider = BodyOf(stream);
  nghttp2_submit_response2(session_, stream, values.data(), values.size(), &provider);
}

void Http2Session::Reset(int32_t stream, uint32_t code) {
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream, code);
}

void Http2Session::Goaway(int32_t last_stream) {
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, last_stream, NGHTTP2_NO_ERROR, nullptr, 0);
}

bool Http2Session::Feed(absl::string_view bytes) {
  return nghttp2_session_mem_recv2(session_, reinterpret_cast<const uint8_t*>(bytes.data()),
                                   bytes.size()) >= 0;
}

std::string Http2Session::Take() {
  std::string all;
  const uint8_t* data = nullptr;
  nghttp2_ssize size = 0;
  while ((size = nghttp2_session_mem_send2(session_, &data)) > 0) {
    all += Text(data, static_cast<size_t>(size));
  }
  return all;
}

std::vector<size_t> FrameLengths(absl::string_view bytes) {
  std::vector<size_t> lengths;
  if (absl::StartsWith(bytes, kPreface)) {
    lengths.push_back(kPreface.size());
    bytes.remove_prefix(kPreface.size());
  }
  while (bytes.size() >= kFrameHeaderBytes) {
    const auto at = [&](size_t i) { return static_cast<size_t>(static_cast<uint8_t>(bytes[i])); };
    const size_t size = kFrameHeaderBytes + (at(0) << 16 | at(1) << 8 | at(2));
    lengths.push_back(size);
    bytes.remove_prefix(std::min(size, bytes.size()));
  }
  return lengths;
}

}  // namespace gossamer::fault_test
