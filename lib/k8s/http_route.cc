#include "lib/k8s/http_route.h"

#include "absl/strings/str_cat.h"

namespace gossamer::k8s {
namespace {

using MatchType = HttpRoute::MatchType;

constexpr int kWeightMax = 1'000'000;

MatchType ReadMatchType(const FieldReader& field, MatchType fallback) {
  const std::string text = field.String();
  if (text.empty()) return fallback;
  if (text == "Exact") return MatchType::kExact;
  if (text == "PathPrefix") return MatchType::kPrefix;
  if (text == "RegularExpression") return MatchType::kRegex;
  field.Fail(absl::StrCat("no match is of the type \"", text, "\""));
  return fallback;
}

std::vector<HttpRoute::ValueMatch> ReadValueMatches(const FieldReader& field) {
  std::vector<HttpRoute::ValueMatch> matches;
  for (const FieldReader& item : field.Items()) {
    const MatchType type = ReadMatchType(item["type"], MatchType::kExact);
    if (type == MatchType::kPrefix) item["type"].Fail("expected Exact or RegularExpression");
    matches.push_back({item["name"].RequiredString(), item["value"].String(), type});
  }
  return matches;
}

HttpRoute::Match ReadMatch(const FieldReader& field) {
  HttpRoute::Match match;
  const FieldReader path = field["path"];
  match.path_type = ReadMatchType(path["type"], MatchType::kPrefix);
  if (path["value"].present()) match.path = path["value"].String();
  match.method = field["method"].String();
  match.headers = ReadValueMatches(field["headers"]);
  match.query_params = ReadValueMatches(field["queryParams"]);
  return match;
}

std::vector<std::pair<std::string, std::string>> ReadHeaders(const FieldReader& field) {
  std::vector<std::pair<std::string, std::string>> headers;
  for (const FieldReader& item : field.Items()) {
    headers.emplace_back(item["name"].RequiredString(), item["value"].String());
  }
  return headers;
}

HttpRoute::HeaderModifier ReadHeaderModifier(const FieldReader& field) {
  return {ReadHeaders(field["add"]), ReadHeaders(field["set"]), field["remove"].Strings()};
}

HttpRoute::Redirect ReadRedirect(const FieldReader& field) {
  HttpRoute::Redirect redirect;
  redirect.scheme = field["scheme"].String();
  redirect.hostname = field["hostname"].String();
  redirect.port = ReadPort(field["port"]);
  redirect.status_code = static_cast<int>(field["statusCode"].Int(300, 399).value_or(302));
  const FieldReader path = field["path"];
  const std::string type = path["type"].String();
  if (type == "ReplaceFullPath") {
    redirect.replace_full_path = path["replaceFullPath"].String();
  } else if (type == "ReplacePrefixMatch") {
    redirect.replace_prefix = path["replacePrefixMatch"].String();
  } else if (path.present()) {
    path["type"].Fail("expected ReplaceFullPath or ReplacePrefixMatch");
  }
  return redirect;
}

std::vector<HttpRoute::Filter> ReadFilters(const FieldReader& field) {
  std::vector<HttpRoute::Filter> filters;
  for (const FieldReader& item : field.Items()) {
    HttpRoute::Filter filter;
    filter.type = item["type"].RequiredString();
    if (filter.type == "RequestHeaderModifier") {
      filter.headers = ReadHeaderModifier(item["requestHeaderModifier"]);
    } else if (filter.type == "ResponseHeaderModifier") {
      filter.headers = ReadHeaderModifier(item["responseHeaderModifier"]);
    } else if (filter.type == "RequestRedirect") {
      filter.redirect = ReadRedirect(item["requestRedirect"]);
    }
    filters.push_back(std::move(filter));
  }
  return filters;
}

HttpRoute::BackendRef ReadBackend(const FieldReader& field) {
  HttpRoute::BackendRef backend;
  backend.ref = ReadObjectRef(field);
  if (backend.ref.kind.empty()) backend.ref.kind = "Service";
  if (backend.ref.name.empty()) field["name"].Fail("is required");
  backend.port = ReadPort(field["port"]);
  backend.weight = static_cast<int>(field["weight"].Int(0, kWeightMax).value_or(1));
  backend.filters = ReadFilters(field["filters"]);
  return backend;
}

HttpRoute::Rule ReadRule(const FieldReader& field) {
  HttpRoute::Rule rule;
  for (const FieldReader& match : field["matches"].Items()) {
    rule.matches.push_back(ReadMatch(match));
  }
  if (rule.matches.empty()) rule.matches.emplace_back();
  rule.filters = ReadFilters(field["filters"]);
  for (const FieldReader& backend : field["backendRefs"].Items()) {
    rule.backends.push_back(ReadBackend(backend));
  }
  rule.request_timeout = field["timeouts"]["request"].String();
  return rule;
}

HttpRoute::ParentRef ReadParent(const FieldReader& field, absl::string_view default_group) {
  HttpRoute::ParentRef parent;
  parent.ref = ReadObjectRef(field);
  // The core group is written "", so that only an absent one takes the default.
  if (!field["group"].present()) parent.ref.group = std::string(default_group);
  if (parent.ref.group == "core") parent.ref.group.clear();
  if (parent.ref.kind.empty()) parent.ref.kind = "Gateway";
  if (parent.ref.name.empty()) field["name"].Fail("is required");
  parent.port = ReadPort(field["port"]);
  parent.section = field["sectionName"].String();
  return parent;
}

bool ReadAccepted(const FieldReader& conditions) {
  for (const FieldReader& condition : conditions.Items()) {
    if (condition["type"].String() == "Accepted") return condition["status"].String() == "True";
  }
  return false;
}

}  // namespace

HttpRoute HttpRoute::ReadRoute(const FieldReader& root, absl::string_view group) {
  HttpRoute route;
  route.group = std::string(group);
  route.meta = ReadMeta(root["metadata"], /*namespaced=*/true);
  const FieldReader spec = root["spec"];
  for (const FieldReader& parent : spec["parentRefs"].Items()) {
    route.parents.push_back(ReadParent(parent, group));
  }
  route.hostnames = spec["hostnames"].Strings();
  for (const FieldReader& rule : spec["rules"].Items()) route.rules.push_back(ReadRule(rule));
  if (!spec["rules"].present()) route.rules.emplace_back().matches.emplace_back();
  for (const FieldReader& status : root["status"]["parents"].Items()) {
    route.statuses.push_back(
        {ReadParent(status["parentRef"], group), ReadAccepted(status["conditions"])});
  }
  return route;
}

}  // namespace gossamer::k8s
