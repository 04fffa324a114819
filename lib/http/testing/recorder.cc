#include "lib/http/testing/recorder.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"

namespace gossamer::http::testing {

absl::string_view CauseName(ResetCause cause) {
  switch (cause) {
    case ResetCause::kPeer:
      return "peer";
    case ResetCause::kRefused:
      return "refused";
    case ResetCause::kConnectionLost:
      return "lost";
    case ResetCause::kStale:
      return "stale";
    case ResetCause::kProtocol:
      return "protocol";
    case ResetCause::kHeadTooLarge:
      return "large";
    case ResetCause::kLocal:
      return "local";
  }
  return "?";
}

void StreamRecorder::Note(absl::string_view event) {
  if (over) {
    std::fprintf(stderr, "'%s' after '%s'\n", std::string(event).c_str(), log.c_str());
    std::abort();
  }
  absl::StrAppend(&log, log.empty() ? "" : " ", event);
}

void StreamRecorder::ConsumeAll() {
  if (stream != nullptr) stream->Consume(std::exchange(unconsumed, 0));
}

void StreamRecorder::OnInformational(ResponseHead* head) { Note(absl::StrCat(head->status)); }

void StreamRecorder::OnResponse(ResponseHead* head) {
  Note(absl::StrCat("response ", head->status));
  status = head->status;
  for (const Header& field : head->headers) {
    fields.push_back(absl::StrCat(field.name, ": ", field.value));
  }
  if (on_response) on_response();
}

void StreamRecorder::OnData(absl::string_view data) {
  if (log.size() < 4 || log.substr(log.size() - 4) != "data") Note("data");
  body.append(data.data(), data.size());
  unconsumed += data.size();
  if (consume) ConsumeAll();
  if (on_data) on_data();
}

void StreamRecorder::OnEnd(Headers* trailers) {
  Note("end");
  ended = true;
  if (trailers != nullptr) {
    for (const Header& field : *trailers) absl::StrAppend(&log, " ", field.name, "=", field.value);
  }
  if (on_end) on_end();
}

void StreamRecorder::OnSendReady() {
  if (over) Note("send ready");
  ++send_ready;
  if (on_send_ready) on_send_ready();
}

void StreamRecorder::OnReset(const Reset& cause) {
  Note(absl::StrCat("reset ", CauseName(cause.cause)));
  if (cause.cause == ResetCause::kPeer) absl::StrAppend(&log, " ", cause.h2_code);
  reset = cause;
  over = true;
  stream = nullptr;
  if (on_over) on_over();
}

void StreamRecorder::OnDone() {
  Note("done");
  over = true;
  stream = nullptr;
  if (on_over) on_over();
}

void RequestRecorder::Respond(int code, absl::string_view text, bool close) {
  ResponseHead response;
  response.status = code;
  response.body = text.empty() ? BodyKind::kNone : BodyKind::kContentLength;
  response.content_length = text.size();
  const std::string length = absl::StrCat(text.size());
  response.headers.Add("content-length", length);
  server->SendResponse(response, close);
  if (text.empty() || stream == nullptr) return;
  stream->SendData(text);
  if (stream != nullptr) stream->SendEnd(nullptr);
}

void RequestRecorder::RespondHead(int code, std::vector<Header> with, BodyKind body_kind,
                                  bool close) {
  ResponseHead response;
  response.status = code;
  response.body = body_kind;
  response.upgrade = code == 101;
  for (const Header& field : with) response.headers.Add(field.name, field.value);
  server->SendResponse(response, close);
}

void ServerRecorder::OnRequest(ServerStream* stream) {
  auto request = std::make_unique<RequestRecorder>();
  request->stream = request->server = stream;
  const RequestHead& head = *stream->request();
  request->head = absl::StrCat(head.method, " ", head.path, " ", head.authority);
  request->kind = head.body;
  for (const Header& field : head.headers) {
    request->fields.push_back(absl::StrCat(field.name, ": ", field.value));
  }
  RequestRecorder* recorder = request.get();
  stream->set_handler(recorder);
  requests.push_back(std::move(request));
  if (on_request) on_request(recorder);
}

void ServerRecorder::OnBadRequest(int status, absl::string_view reason) {
  refused.push_back(absl::StrCat(status, " ", reason));
}

void ServerRecorder::OnConnectionClosed() {
  if (closed) std::abort();
  closed = true;
}

TestRequest::TestRequest(absl::string_view method, absl::string_view path, BodyKind kind,
                         uint64_t length) {
  head.method = head.arena.Copy(method);
  head.scheme = "http";
  head.authority = "web.test";
  head.path = head.arena.Copy(path);
  head.body = kind;
  head.content_length = length;
}

}  // namespace gossamer::http::testing
