#include "cli/commands/diagnostics/endpoints.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <memory>
#include <tuple>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cli/client/destination_client.h"

namespace gossamer::cli {
namespace {

namespace destination = io::linkerd::proxy::destination;

constexpr char kExamples[] =
    "  gossamer diagnostics endpoints web.shop.svc.cluster.local:80\n"
    "  gossamer dg ep cart.shop.svc.cluster.local:8080 -o json\n";

struct Flags {
  std::vector<std::string> authorities;
  std::string address = "127.0.0.1:8086";
  std::string token;
  std::string wait = "5s";
  std::string output = "table";
};

std::string IpText(const io::linkerd::proxy::net::IPAddress& ip) {
  std::array<char, INET6_ADDRSTRLEN> text = {};
  if (ip.has_ipv6()) {
    std::array<unsigned char, 16> bytes;
    for (int i = 0; i < 8; ++i) {
      bytes[i] = static_cast<unsigned char>(ip.ipv6().first() >> (56 - 8 * i));
      bytes[8 + i] = static_cast<unsigned char>(ip.ipv6().last() >> (56 - 8 * i));
    }
    inet_ntop(AF_INET6, bytes.data(), text.data(), text.size());
  } else {
    const uint32_t address = htonl(ip.ipv4());
    inet_ntop(AF_INET, &address, text.data(), text.size());
  }
  return text.data();
}

std::string LabelOr(const std::map<std::string, std::string>& labels, const std::string& key) {
  const auto it = labels.find(key);
  return it == labels.end() ? "" : it->second;
}

EndpointRow RowOf(const destination::WeightedAddrSet& set, const destination::WeightedAddr& addr) {
  EndpointRow row;
  row.labels.insert(addr.metric_labels().begin(), addr.metric_labels().end());
  row.labels.insert(set.metric_labels().begin(), set.metric_labels().end());
  row.namespace_name = LabelOr(row.labels, "namespace");
  row.ip = IpText(addr.addr().ip());
  row.port = addr.addr().port();
  row.pod = LabelOr(row.labels, "pod");
  row.service = absl::StrCat(LabelOr(row.labels, "service"), ".", row.namespace_name);
  row.weight = addr.weight();
  row.identity = addr.tls_identity().dns_like_identity().name();
  return row;
}

void Run(const Flags& flags, Context* context) {
  absl::Duration wait;
  if (!absl::ParseDuration(flags.wait, &wait) || wait <= absl::ZeroDuration()) {
    return context->Fail(absl::InvalidArgumentError(absl::StrCat(
                             "--wait ", flags.wait, ": expected a duration such as 5s")),
                         kExitUsage);
  }
  for (const std::string& authority : flags.authorities) {
    if (const absl::Status status = CheckAuthority(authority); !status.ok()) {
      return context->Fail(status, kExitUsage);
    }
  }
  DestinationClient client(flags.address);
  std::vector<destination::WeightedAddrSet> sets;
  for (const std::string& authority : flags.authorities) {
    auto found = client.Get(authority, flags.token, wait);
    if (!found.ok()) {
      return context->Fail(
          absl::Status(found.status().code(),
                       absl::StrCat("Destination API error: ", found.status().message())));
    }
    for (destination::WeightedAddrSet& set : *found) sets.push_back(std::move(set));
  }
  const std::vector<EndpointRow> rows = EndpointRows(sets);
  if (flags.output == "json") {
    *context->console.out << EndpointsJson(rows);
  } else if (rows.empty()) {
    *context->console.err << "No endpoints found.\n";
  } else {
    *context->console.out << EndpointTables(rows);
  }
}

}  // namespace

std::vector<EndpointRow> EndpointRows(const std::vector<destination::WeightedAddrSet>& sets) {
  std::vector<EndpointRow> rows;
  for (const destination::WeightedAddrSet& set : sets) {
    for (const destination::WeightedAddr& addr : set.addrs()) rows.push_back(RowOf(set, addr));
  }
  const auto key = [](const EndpointRow& row) {
    return std::tie(row.namespace_name, row.service, row.ip, row.port);
  };
  std::sort(rows.begin(), rows.end(),
            [&](const EndpointRow& a, const EndpointRow& b) { return key(a) < key(b); });
  return rows;
}

absl::Status CheckAuthority(absl::string_view authority) {
  const size_t colon = authority.rfind(':');
  int port = 0;
  if (colon == absl::string_view::npos || colon == 0 ||
      !absl::SimpleAtoi(authority.substr(colon + 1), &port) || port < 1 || port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("authority \"", authority,
                     "\": expected HOST:PORT, for instance web.default.svc.cluster.local:80"));
  }
  return absl::OkStatus();
}

void AddEndpointsCommand(CLI::App* diagnostics, Context* context) {
  CLI::App* command = AddCommand(diagnostics, "endpoints",
                                 "The endpoints that destination tells proxies of", kExamples);
  command->alias("ep");
  auto flags = std::make_shared<Flags>();
  command->add_option("AUTHORITY", flags->authorities, "HOST:PORT of a service")->required();
  command->add_option("--destination-addr", flags->address, "host:port of destination")
      ->envname("GOSSAMER_DESTINATION_ADDR")
      ->capture_default_str();
  command->add_option("--token", flags->token, "The context token that a proxy would send");
  command->add_option("--wait", flags->wait, "How long to wait for destination's first answer")
      ->capture_default_str();
  command->add_option("-o,--output", flags->output, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  command->callback([flags, context] { Run(*flags, context); });
}

}  // namespace gossamer::cli
