#include "lib/k8s/policy.h"

#include "absl/strings/str_cat.h"

namespace gossamer::k8s {
namespace {

Server::Protocol ReadProtocol(const FieldReader& field) {
  const std::string text = field.String();
  if (text.empty() || text == "unknown") return Server::Protocol::kUnknown;
  if (text == "HTTP/1") return Server::Protocol::kHttp1;
  if (text == "HTTP/2") return Server::Protocol::kHttp2;
  if (text == "gRPC") return Server::Protocol::kGrpc;
  if (text == "opaque") return Server::Protocol::kOpaque;
  if (text == "TLS") return Server::Protocol::kTls;
  field.Fail(
      absl::StrCat("expected unknown, HTTP/1, HTTP/2, gRPC, opaque or TLS, found \"", text, "\""));
  return Server::Protocol::kUnknown;
}

std::string ReadAccessPolicy(const FieldReader& field) {
  const std::string text = field.String();
  if (text.empty()) return "deny";
  for (absl::string_view known : {"deny", "audit", "all-authenticated", "all-unauthenticated",
                                  "cluster-authenticated", "cluster-unauthenticated"}) {
    if (text == known) return text;
  }
  field.Fail(absl::StrCat("no access policy is called \"", text, "\""));
  return "deny";
}

ObjectRef ReadKindAndName(const FieldReader& field) {
  ObjectRef ref = ReadObjectRef(field);
  if (ref.kind.empty()) field["kind"].Fail("is required");
  if (ref.name.empty()) field["name"].Fail("is required");
  return ref;
}

}  // namespace

Server Server::Read(const FieldReader& root) {
  Server server;
  server.meta = ReadMeta(root["metadata"], kNamespaced);
  const FieldReader spec = root["spec"];
  const FieldReader pods = spec["podSelector"];
  if (pods.present()) server.pod_selector = ReadLabelSelector(pods);
  if (pods.present() == spec["externalWorkloadSelector"].present()) {
    spec["podSelector"].Fail("exactly one of podSelector and externalWorkloadSelector is required");
  }
  server.port = ReadPortRef(spec["port"]);
  if (!spec["port"].present()) spec["port"].Fail("is required");
  server.protocol = ReadProtocol(spec["proxyProtocol"]);
  server.access_policy = ReadAccessPolicy(spec["accessPolicy"]);
  return server;
}

AuthorizationPolicy AuthorizationPolicy::Read(const FieldReader& root) {
  AuthorizationPolicy policy;
  policy.meta = ReadMeta(root["metadata"], kNamespaced);
  policy.target = ReadKindAndName(root["spec"]["targetRef"]);
  const FieldReader required = root["spec"]["requiredAuthenticationRefs"];
  // Left out it must not read as "nothing is required", which would let everybody in.
  if (!required.present()) required.Fail("is required");
  for (const FieldReader& ref : required.Items()) {
    policy.required_authentications.push_back(ReadKindAndName(ref));
  }
  return policy;
}

MeshTlsAuthentication MeshTlsAuthentication::Read(const FieldReader& root) {
  MeshTlsAuthentication authentication;
  authentication.meta = ReadMeta(root["metadata"], kNamespaced);
  const FieldReader spec = root["spec"];
  authentication.identities = spec["identities"].Strings();
  for (const FieldReader& ref : spec["identityRefs"].Items()) {
    authentication.identity_refs.push_back(ReadKindAndName(ref));
  }
  if (authentication.identities.empty() == authentication.identity_refs.empty()) {
    spec["identities"].Fail("exactly one of identities and identityRefs is required");
  }
  return authentication;
}

NetworkAuthentication NetworkAuthentication::Read(const FieldReader& root) {
  NetworkAuthentication authentication;
  authentication.meta = ReadMeta(root["metadata"], kNamespaced);
  const FieldReader networks = root["spec"]["networks"];
  for (const FieldReader& network : networks.Items()) {
    authentication.networks.push_back(
        {network["cidr"].RequiredString(), network["except"].Strings()});
  }
  if (authentication.networks.empty()) networks.Fail("at least one network is required");
  return authentication;
}

}  // namespace gossamer::k8s
