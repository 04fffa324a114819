#ifndef LIB_HTTP_HTTP1_TESTING_HEAD_TEXT_H_
#define LIB_HTTP_HTTP1_TESTING_HEAD_TEXT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/http/message.h"

// Heads and the outcomes of parsing them as text, for tests to compare.
namespace gossamer::http1 {

// All of what `head` says in one line:
// "GET path=/a host=example.com 1.1 body=none keep-alive | host: example.com | a: b".
std::string HeadText(const http::RequestHead& head);
std::string HeadText(const http::ResponseHead& head);

// Parses `input`, cut at the offsets `cuts` (ascending), as a connection would see it: each call
// gets all bytes so far, at a new place. "ok 37 " and the head, "error bad_method", "incomplete".
std::string ParseRequestText(absl::string_view input, const std::vector<size_t>& cuts);
std::string ParseResponseText(absl::string_view input, absl::string_view request_method,
                              const std::vector<size_t>& cuts);

// Every way of cutting that is tried on inputs of `size` bytes: whole, each byte alone, in two at
// each offset.
std::vector<std::vector<size_t>> AllCuts(size_t size);

}  // namespace gossamer::http1

#endif  // LIB_HTTP_HTTP1_TESTING_HEAD_TEXT_H_
