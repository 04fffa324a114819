#ifndef SERVICES_DESTINATION_CLUSTER_CLUSTER_TESTING_H_
#define SERVICES_DESTINATION_CLUSTER_CLUSTER_TESTING_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "lib/k8s/object.h"
#include "lib/source/source.h"

namespace gossamer::destination {

// The objects of a YAML text as a source tells them. A fault in the text fails the test.
inline std::vector<source::Event> ApplyYaml(const std::string& yaml) {
  const k8s::Manifest manifest = k8s::ParseManifest(yaml, k8s::Format::kYaml);
  for (const k8s::TextError& error : manifest.errors) {
    ADD_FAILURE() << "line " << error.line << ": " << error.message;
  }
  std::vector<source::Event> events;
  for (const k8s::Object& object : manifest.objects) events.push_back(source::Applied{object});
  return events;
}

inline std::vector<source::Event> DeleteObject(const std::string& group, const std::string& kind,
                                               const std::string& name) {
  return {source::Deleted{{group, kind, "demo", name}}};
}

// Service demo/web with one port.
inline std::string WebService(const std::string& more = "") {
  return absl::StrCat(R"(
apiVersion: v1
kind: Service
metadata: {name: web, namespace: demo}
spec: {clusterIP: 10.96.0.1, ports: [{name: http, port: 80, targetPort: 8080)",
                      more, "}]}\n---\n");
}

// A running, meshed pod of demo/web, `web-N` at 10.1.0.N, of service account `web`.
inline std::string WebPod(int n, const std::string& annotations = "") {
  return absl::StrCat(R"(
apiVersion: v1
kind: Pod
metadata:
  name: web-)",
                      n, R"(
  namespace: demo
  labels: {app: web, linkerd.io/control-plane-ns: linkerd, pod-template-hash: 5d}
  annotations: {)",
                      annotations, R"(}
  ownerReferences: [{kind: ReplicaSet, name: web-5d}]
spec: {serviceAccountName: web, nodeName: node-a}
status: {phase: Running, podIP: 10.1.0.)",
                      n, "}\n---\n");
}

// The slice of demo/web with the pods' endpoints.
inline std::string WebSlice(const std::vector<int>& pods) {
  std::string yaml = R"(
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: demo, labels: {kubernetes.io/service-name: web}}
ports: [{name: http, port: 8080}]
endpoints:)";
  if (pods.empty()) yaml += " []";
  for (int n : pods) {
    absl::StrAppend(&yaml, "\n- {addresses: [10.1.0.", n, "], targetRef: {kind: Pod, name: web-", n,
                    ", namespace: demo}}");
  }
  return yaml + "\n---\n";
}

}  // namespace gossamer::destination

#endif  // SERVICES_DESTINATION_CLUSTER_CLUSTER_TESTING_H_
