#include "services/destination/profiles/service_profile.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/destination/endpoints/http_types.h"

namespace gossamer::destination {
namespace {

namespace proto = io::linkerd::proxy::destination;
using k8s::ServiceProfile;

constexpr float kDefaultRetryRatio = 0.2f;
constexpr uint32_t kDefaultMinRetriesPerSecond = 10;
constexpr absl::Duration kDefaultRetryTtl = absl::Seconds(10);
// 1 in a profile is 10000 on the wire.
constexpr int64_t kWirePerMilli = 10;
constexpr uint32_t kStatusMin = 100;
constexpr uint32_t kStatusMax = 599;

// Gives `add` a place for each condition of a level; several hold together, a lone one stands by
// itself.
template <typename ProtoMatch>
class Conjunction {
 public:
  explicit Conjunction(size_t count, ProtoMatch* match) : count_(count), match_(match) {}
  ProtoMatch* Next() { return count_ == 1 ? match_ : match_->mutable_all()->add_matches(); }

 private:
  size_t count_;
  ProtoMatch* match_;
};

template <typename Match, typename ProtoMatch>
void TranslateCombinators(const Match& match, void (*translate)(const Match&, ProtoMatch*),
                          Conjunction<ProtoMatch>* conjunction) {
  if (match.all) {
    auto* all = conjunction->Next()->mutable_all();
    for (const Match& item : *match.all) translate(item, all->add_matches());
  }
  if (match.any) {
    auto* any = conjunction->Next()->mutable_any();
    for (const Match& item : *match.any) translate(item, any->add_matches());
  }
  for (const Match& item : match.negated) translate(item, conjunction->Next()->mutable_not_());
}

void TranslateRequestMatch(const ServiceProfile::RequestMatch& match, proto::RequestMatch* to) {
  const size_t count = size_t{match.path_regex.has_value()} + size_t{match.method.has_value()} +
                       size_t{match.all.has_value()} + size_t{match.any.has_value()} +
                       match.negated.size();
  Conjunction<proto::RequestMatch> conjunction(count, to);
  if (match.path_regex) conjunction.Next()->mutable_path()->set_regex(*match.path_regex);
  if (match.method) SetMethod(*match.method, conjunction.Next()->mutable_method());
  TranslateCombinators(match, TranslateRequestMatch, &conjunction);
}

void TranslateResponseMatch(const ServiceProfile::ResponseMatch& match, proto::ResponseMatch* to) {
  const size_t count = size_t{match.status.has_value()} + size_t{match.all.has_value()} +
                       size_t{match.any.has_value()} + match.negated.size();
  Conjunction<proto::ResponseMatch> conjunction(count, to);
  if (match.status) {
    // A bound left out means no bound, and the proxy wants both.
    proto::HttpStatusRange* range = conjunction.Next()->mutable_status();
    range->set_min(match.status->min > 0 ? static_cast<uint32_t>(match.status->min) : kStatusMin);
    range->set_max(match.status->max > 0 ? static_cast<uint32_t>(match.status->max) : kStatusMax);
  }
  TranslateCombinators(match, TranslateResponseMatch, &conjunction);
}

void TranslateRoute(const ServiceProfile::Route& route, proto::Route* to) {
  TranslateRequestMatch(route.condition, to->mutable_condition());
  for (const ServiceProfile::ResponseClass& item : route.response_classes) {
    proto::ResponseClass* response_class = to->add_response_classes();
    TranslateResponseMatch(item.condition, response_class->mutable_condition());
    response_class->set_is_failure(item.is_failure);
  }
  (*to->mutable_metrics_labels())["route"] = route.name;
  to->set_is_retryable(route.is_retryable);
  if (route.timeout) SetDuration(*route.timeout, to->mutable_timeout());
}

}  // namespace

void SetDuration(absl::Duration from, google::protobuf::Duration* to) {
  to->set_seconds(absl::IDivDuration(from, absl::Seconds(1), &from));
  to->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(from)));
}

void SetDefaultRetryBudget(proto::DestinationProfile* answer) {
  proto::RetryBudget* budget = answer->mutable_retry_budget();
  budget->set_retry_ratio(kDefaultRetryRatio);
  budget->set_min_retries_per_second(kDefaultMinRetriesPerSecond);
  SetDuration(kDefaultRetryTtl, budget->mutable_ttl());
}

void TranslateProfile(const ServiceProfile& profile, int port, proto::DestinationProfile* answer) {
  for (const ServiceProfile::Route& route : profile.routes) {
    TranslateRoute(route, answer->add_routes());
  }
  if (profile.retry_budget) {
    proto::RetryBudget* budget = answer->mutable_retry_budget();
    budget->set_retry_ratio(static_cast<float>(profile.retry_budget->retry_ratio));
    budget->set_min_retries_per_second(profile.retry_budget->min_retries_per_second);
    SetDuration(profile.retry_budget->ttl, budget->mutable_ttl());
  }
  for (const ServiceProfile::DstOverride& item : profile.dst_overrides) {
    proto::WeightedDst* destination = answer->add_dst_overrides();
    const bool has_port = item.authority.find(':') != std::string::npos;
    destination->set_authority(has_port ? item.authority : absl::StrCat(item.authority, ":", port));
    destination->set_weight(static_cast<uint32_t>(item.milli_weight * kWirePerMilli));
  }
}

}  // namespace gossamer::destination
