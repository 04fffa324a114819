#ifndef PROXY_HTTP_ORIG_PROTO_H_
#define PROXY_HTTP_ORIG_PROTO_H_

#include "lib/http/message.h"

// HTTP/1 inside the HTTP/2 between two proxies: the header l5d-orig-proto says what a message was
// before it was upgraded and is to be again.
namespace gossamer::proxy {

// Whether an HTTP/1 request can travel so. Upgrades and CONNECT need a connection of their own.
bool CanUpgradeToHttp2(const http::RequestHead& head);

// The client's proxy: marks an HTTP/1 request.
void UpgradeRequest(http::RequestHead* head);
// The server's proxy: takes the mark off and restores version and form. False where there is none.
bool DowngradeRequest(http::RequestHead* head);

// The server's proxy: marks the response to a request that was downgraded.
void UpgradeResponse(http::ResponseHead* head);
// The client's proxy: takes the mark off. Without one the request's version holds.
void DowngradeResponse(http::Version request_version, http::ResponseHead* head);

}  // namespace gossamer::proxy

#endif  // PROXY_HTTP_ORIG_PROTO_H_
