#ifndef SERVICES_DESTINATION_ENDPOINTS_HTTP_TYPES_H_
#define SERVICES_DESTINATION_ENDPOINTS_HTTP_TYPES_H_

#include "absl/strings/string_view.h"
#include "api/http_types/v1/http_types.pb.h"

namespace gossamer::destination {

// Sets the member of the oneof also where its number is 0, as GET's is.
void SetMethod(absl::string_view name, io::linkerd::proxy::http_types::HttpMethod* method);
void SetScheme(absl::string_view name, io::linkerd::proxy::http_types::Scheme* scheme);

}  // namespace gossamer::destination

#endif  // SERVICES_DESTINATION_ENDPOINTS_HTTP_TYPES_H_
