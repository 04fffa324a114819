#include "tests/support/manifest_reader.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/status/status_macros.h"
#include "yaml-cpp/yaml.h"

namespace gossamer::harness {
namespace {

using ProgramOfImage = std::function<absl::StatusOr<std::string>(const std::string& image)>;

StringMap ReadMap(const YAML::Node& node) {
  StringMap map;
  for (const auto& entry : node)
    map[entry.first.as<std::string>()] = entry.second.as<std::string>();
  return map;
}

std::string ReadText(const YAML::Node& node) { return node ? node.as<std::string>() : ""; }

ServiceSpec ReadService(const YAML::Node& root) {
  ServiceSpec service;
  service.ns = root["metadata"]["namespace"].as<std::string>();
  service.name = root["metadata"]["name"].as<std::string>();
  service.annotations = ReadMap(root["metadata"]["annotations"]);
  service.selector = ReadMap(root["spec"]["selector"]);
  service.headless = ReadText(root["spec"]["clusterIP"]) == "None";
  for (const YAML::Node& port : root["spec"]["ports"]) {
    service.ports.push_back({ReadText(port["name"]), port["port"].as<int>(),
                             port["targetPort"] ? port["targetPort"].as<int>() : 0});
  }
  return service;
}

absl::StatusOr<Workload> ReadDeployment(const YAML::Node& root,
                                        const ProgramOfImage& program_of_image) {
  Workload workload;
  workload.ns = root["metadata"]["namespace"].as<std::string>();
  workload.name = root["metadata"]["name"].as<std::string>();
  if (root["spec"]["replicas"]) workload.replicas = root["spec"]["replicas"].as<int>();
  const YAML::Node pod = root["spec"]["template"];
  workload.labels = ReadMap(pod["metadata"]["labels"]);
  workload.annotations = ReadMap(pod["metadata"]["annotations"]);
  workload.service_account = ReadText(pod["spec"]["serviceAccountName"]);
  const YAML::Node containers = pod["spec"]["containers"];
  if (containers.size() != 1) {
    return absl::InvalidArgumentError("spec.template.spec.containers: expected exactly one");
  }
  GOSSAMER_ASSIGN_OR_RETURN(std::string program,
                            program_of_image(containers[0]["image"].as<std::string>()));
  workload.command = {std::move(program)};
  for (const YAML::Node& argument : containers[0]["args"]) {
    workload.command.push_back(argument.as<std::string>());
  }
  for (const YAML::Node& variable : containers[0]["env"]) {
    workload.environment.push_back(
        absl::StrCat(variable["name"].as<std::string>(), "=", variable["value"].as<std::string>()));
  }
  for (const YAML::Node& port : containers[0]["ports"]) {
    workload.ports.push_back({ReadText(port["name"]), port["containerPort"].as<int>()});
  }
  return workload;
}

absl::Status ReadObject(const YAML::Node& root, const ProgramOfImage& program_of_image,
                        Manifests* manifests) {
  const std::string kind = ReadText(root["kind"]);
  const std::string name = ReadText(root["metadata"]["name"]);
  const std::string where = absl::StrCat("manifest: ", kind, " ", name, ": ");
  try {
    if (kind == "Namespace") {
      manifests->namespaces.push_back(name);
    } else if (kind == "Service") {
      manifests->services.push_back(ReadService(root));
    } else if (kind == "Deployment") {
      absl::StatusOr<Workload> workload = ReadDeployment(root, program_of_image);
      if (!workload.ok()) {
        return absl::InvalidArgumentError(absl::StrCat(where, workload.status().message()));
      }
      manifests->workloads.push_back(*std::move(workload));
    } else if (kind != "ServiceAccount") {  // Accounts come with the workloads that use them.
      return absl::InvalidArgumentError(
          absl::StrCat(where, "expected a Namespace, ServiceAccount, Service or Deployment"));
    }
  } catch (const YAML::Exception& e) {
    return absl::InvalidArgumentError(absl::StrCat(where, e.what()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Manifests> ReadManifests(const std::string& text,
                                        const ProgramOfImage& program_of_image) {
  std::vector<YAML::Node> documents;
  try {
    documents = YAML::LoadAll(text);
  } catch (const YAML::Exception& e) {
    return absl::InvalidArgumentError(absl::StrCat("manifest: ", e.what()));
  }
  Manifests manifests;
  for (const YAML::Node& document : documents) {
    if (document.IsNull()) continue;
    if (!document.IsMap()) return absl::InvalidArgumentError("manifest: expected an object");
    GOSSAMER_RETURN_IF_ERROR(ReadObject(document, program_of_image, &manifests));
  }
  return manifests;
}

}  // namespace gossamer::harness
