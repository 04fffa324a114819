#include "services/destination/endpoints/http_types.h"

#include <string>

#include "absl/strings/ascii.h"

namespace gossamer::destination {

void SetMethod(absl::string_view name, io::linkerd::proxy::http_types::HttpMethod* method) {
  const std::string upper = absl::AsciiStrToUpper(name);
  io::linkerd::proxy::http_types::HttpMethod::Registered registered;
  if (io::linkerd::proxy::http_types::HttpMethod::Registered_Parse(upper, &registered)) {
    method->set_registered(registered);
  } else {
    method->set_unregistered(upper);
  }
}

void SetScheme(absl::string_view name, io::linkerd::proxy::http_types::Scheme* scheme) {
  io::linkerd::proxy::http_types::Scheme::Registered registered;
  if (io::linkerd::proxy::http_types::Scheme::Registered_Parse(absl::AsciiStrToUpper(name),
                                                               &registered)) {
    scheme->set_registered(registered);
  } else {
    scheme->set_unregistered(std::string(name));
  }
}

}  // namespace gossamer::destination
