#include "cli/commands/check/check.h"

#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/version.h"
#include "lib/fetch/http_client.h"
#include "lib/status/status_macros.h"

namespace gossamer::cli {
namespace {

namespace viz = linkerd2::viz;

constexpr absl::Duration kRetryInterval = absl::Seconds(1);
constexpr absl::Duration kAdminTimeout = absl::Seconds(5);
// Names in an error are for people; a cluster may have thousands.
constexpr size_t kNamesMax = 10;

absl::Status CheckReady(const std::string& address) {
  GOSSAMER_ASSIGN_OR_RETURN(
      std::unique_ptr<HttpClient> http,
      HttpClient::Create(absl::StrCat("http://", address), HttpClient::Options()));
  GOSSAMER_ASSIGN_OR_RETURN(const HttpReply reply, http->Get("/ready", kAdminTimeout));
  if (reply.status == 200) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("GET http://", address, "/ready: HTTP status ", reply.status, ": ",
                   absl::StripAsciiWhitespace(reply.body).substr(0, 200)));
}

std::string Listed(const std::vector<std::string>& names) {
  if (names.size() <= kNamesMax) return absl::StrJoin(names, ", ");
  return absl::StrCat(absl::StrJoin(names.begin(), names.begin() + kNamesMax, ", "), " and ",
                      names.size() - kNamesMax, " more");
}

}  // namespace

Checker::Checker(VizClient* client, CheckOptions options, std::function<void(absl::Duration)> sleep)
    : client_(client), options_(std::move(options)), sleep_(std::move(sleep)) {}

std::vector<CheckCategory> Checker::Run(const std::function<void(const CheckCategory&)>& done) {
  deadline_ = absl::Now() + options_.wait;
  std::vector<CheckCategory> categories;
  const auto finish = [&](CheckCategory category) {
    if (category.checks.empty()) return;
    done(category);
    categories.push_back(std::move(category));
  };
  CheckCategory api{"gossamer-api", {}};
  const bool reachable = CheckApi(&api);
  finish(std::move(api));
  // These do not go through public-api, and may tell why it is away.
  CheckCategory control_plane{"gossamer-control-plane", {}};
  CheckControlPlane(&control_plane);
  finish(std::move(control_plane));
  if (!reachable) return categories;
  CheckCategory version{"gossamer-version", {}};
  CheckVersion(&version);
  finish(std::move(version));
  CheckCategory data_plane{"gossamer-data-plane", {}};
  CheckDataPlane(&data_plane);
  finish(std::move(data_plane));
  return categories;
}

bool Checker::RunOne(const std::string& description, const std::string& anchor, Severity severity,
                     const std::function<absl::Status()>& check, CheckCategory* category) {
  absl::Status status = check();
  while (!status.ok() && severity.retried && absl::Now() + kRetryInterval < deadline_) {
    sleep_(kRetryInterval);
    status = check();
  }
  CheckResult result;
  result.description = description;
  if (!status.ok()) {
    result.outcome = severity.warning ? CheckOutcome::kWarning : CheckOutcome::kError;
    result.error = std::string(status.message());
    result.hint = absl::StrCat("docs/CLI.md#", anchor);
  }
  category->checks.push_back(std::move(result));
  return status.ok();
}

bool Checker::CheckApi(CheckCategory* category) {
  viz::SelfCheckResponse first;
  const auto reach = [&] {
    absl::StatusOr<viz::SelfCheckResponse> response = client_->SelfCheck();
    if (response.ok()) first = *std::move(response);
    return response.status();
  };
  if (!RunOne("can query public-api", "check-public-api", {}, reach, category)) return false;
  for (const viz::CheckResult& check : first.results()) {
    const std::string description = check.checkdescription();
    RunOne(
        description, absl::StrCat("check-", check.subsystemname()), {.retried = true},
        [&] { return SelfCheckOf(description); }, category);
  }
  return true;
}

absl::Status Checker::SelfCheckOf(const std::string& description) {
  GOSSAMER_ASSIGN_OR_RETURN(const viz::SelfCheckResponse response, client_->SelfCheck());
  for (const viz::CheckResult& check : response.results()) {
    if (check.checkdescription() != description) continue;
    if (check.status() == viz::OK) return absl::OkStatus();
    return absl::UnavailableError(check.friendlymessagetouser());
  }
  return absl::OkStatus();
}

void Checker::CheckControlPlane(CheckCategory* category) {
  const std::pair<const char*, const std::string*> kServices[] = {
      {"destination", &options_.destination_admin},
      {"identity", &options_.identity_admin},
      {"public-api", &options_.public_api_admin},
  };
  for (const auto& [name, address] : kServices) {
    if (address->empty()) continue;
    RunOne(
        absl::StrCat(name, " is ready"), "check-ready", {.retried = true},
        [&address = address] { return CheckReady(*address); }, category);
  }
}

void Checker::CheckVersion(CheckCategory* category) {
  RunOne(
      "cli and public-api versions match", "check-version", {.warning = true},
      [&]() -> absl::Status {
        GOSSAMER_ASSIGN_OR_RETURN(const std::string version, client_->ServerVersion());
        if (version == kVersion) return absl::OkStatus();
        return absl::FailedPreconditionError(
            absl::StrCat("public-api running ", version, " but cli running ", kVersion));
      },
      category);
}

void Checker::CheckDataPlane(CheckCategory* category) {
  viz::ListPodsRequest request;
  viz::Resource* resource = request.mutable_selector()->mutable_resource();
  resource->set_type("namespace");
  resource->set_name(options_.namespace_name);
  // The meshed pods that `wanted` does not hold for; an error when there is none at all.
  const auto pods_without = [&](auto wanted) -> absl::StatusOr<std::vector<std::string>> {
    GOSSAMER_ASSIGN_OR_RETURN(const viz::ListPodsResponse response, client_->ListPods(request));
    std::vector<std::string> names;
    bool any = false;
    for (const viz::Pod& pod : response.pods()) {
      if (pod.controllernamespace().empty()) continue;
      any = true;
      if (!wanted(pod)) names.push_back(pod.name());
    }
    if (any) return names;
    return absl::NotFoundError(options_.namespace_name.empty()
                                   ? std::string("no \"linkerd-proxy\" containers found")
                                   : absl::StrCat("no \"linkerd-proxy\" containers found in the \"",
                                                  options_.namespace_name, "\" namespace"));
  };
  const auto ready = [&]() -> absl::Status {
    GOSSAMER_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                              pods_without([](const viz::Pod& pod) { return pod.proxyready(); }));
    if (names.empty()) return absl::OkStatus();
    return absl::UnavailableError(absl::StrCat("proxies are not ready in ", Listed(names)));
  };
  if (!RunOne("data plane proxies are ready", "check-data-plane", {.retried = true}, ready,
              category)) {
    return;
  }
  const auto scraped = [&]() -> absl::Status {
    GOSSAMER_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                              pods_without([](const viz::Pod& pod) { return pod.added(); }));
    if (names.empty()) return absl::OkStatus();
    return absl::UnavailableError(
        absl::StrCat("Data plane metrics not found for ", Listed(names), "."));
  };
  RunOne("data plane proxy metrics are present in Prometheus", "check-data-plane-metrics",
         {.warning = true, .retried = true}, scraped, category);
}

}  // namespace gossamer::cli
