#ifndef TESTS_CONFORMANCE_HTTP1_CASE_BUILDERS_H_
#define TESTS_CONFORMANCE_HTTP1_CASE_BUILDERS_H_

#include <string>
#include <utility>

#include "tests/conformance/http1/cases.h"

// What most cases have in common.
namespace gossamer::conformance {

inline constexpr char kGet[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
inline constexpr char kGetText[] = "GET / HTTP/1.1\nhost: a\n\n";
inline constexpr char kOk[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
inline constexpr char kOkText[] = "200\ncontent-length: 2\n\nok";

// A POST with these field lines, and its body.
inline std::string Post(const std::string& fields, const std::string& body) {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body;
}

inline Http1Case Forwarded(std::string name, std::string request, std::string at_server) {
  Http1Case c;
  c.name = std::move(name);
  c.request = std::move(request);
  c.at_server = std::move(at_server);
  c.response = kOk;
  c.at_client = kOkText;
  return c;
}

inline Http1Case Answered(const std::string& name, std::string response, std::string at_client) {
  Http1Case c = Forwarded("Response_" + name, kGet, kGetText);
  c.response = std::move(response);
  c.at_client = std::move(at_client);
  return c;
}

inline Http1Case Refused(std::string name, std::string request, std::string status) {
  Http1Case c;
  c.name = std::move(name);
  c.request = std::move(request);
  c.at_client = std::move(status);
  c.closes = true;
  return c;
}

inline Http1Case BadResponse(std::string name, std::string response) {
  Http1Case c;
  c.name = std::move(name);
  c.request = kGet;
  c.at_server = kGetText;
  c.response = std::move(response);
  c.server_closes = true;
  c.at_client = "502";
  c.may_close = true;
  return c;
}

inline Http1Case CutOff(std::string name, std::string response) {
  Http1Case c = BadResponse(std::move(name), std::move(response));
  c.at_client = "";
  c.cut_off = true;
  return c;
}

inline Http1Case Second(Http1Case c) {
  c.second = true;
  return c;
}

inline Http1Case ServerClosing(Http1Case c) {
  c.server_closes = true;
  return c;
}

// The client's last request on its connection.
inline Http1Case Last(Http1Case c, std::string at_client) {
  c.closes = true;
  c.at_client = std::move(at_client);
  return c;
}

}  // namespace gossamer::conformance

#endif  // TESTS_CONFORMANCE_HTTP1_CASE_BUILDERS_H_
