#include "lib/service/call_metrics.h"

#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "prometheus/counter.h"
#include "prometheus/histogram.h"

namespace gossamer::service {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::Interceptor;
using grpc::experimental::InterceptorBatchMethods;
using grpc::experimental::ServerInterceptorFactoryInterface;
using grpc::experimental::ServerRpcInfo;

// Codes by number, as the gRPC libraries of Go spell them in metrics.
constexpr std::array<const char*, 17> kCodeNames = {
    "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
    "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
    "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
    "DataLoss", "Unauthenticated"};

const char* CodeName(int code) {
  return code >= 0 && code < static_cast<int>(kCodeNames.size()) ? kCodeNames[code] : "Unknown";
}

const char* TypeName(ServerRpcInfo::Type type) {
  switch (type) {
    case ServerRpcInfo::Type::UNARY:
      return "unary";
    case ServerRpcInfo::Type::CLIENT_STREAMING:
      return "client_stream";
    case ServerRpcInfo::Type::SERVER_STREAMING:
      return "server_stream";
    case ServerRpcInfo::Type::BIDI_STREAMING:
      return "bidi_stream";
  }
  return "unknown";
}

// Seconds; a unary call of a service takes far less than one, a stream up to its lifetime.
const prometheus::Histogram::BucketBoundaries& Buckets() {
  static const auto* const buckets = new prometheus::Histogram::BucketBoundaries{
      0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 300, 3600};
  return *buckets;
}

struct Families {
  explicit Families(prometheus::Registry* registry)
      : started(prometheus::BuildCounter()
                    .Name("grpc_server_started_total")
                    .Help("Calls that began.")
                    .Register(*registry)),
        handled(prometheus::BuildCounter()
                    .Name("grpc_server_handled_total")
                    .Help("Calls that ended, by status code.")
                    .Register(*registry)),
        seconds(prometheus::BuildHistogram()
                    .Name("grpc_server_handling_seconds")
                    .Help("How long calls took, in seconds.")
                    .Register(*registry)) {}

  prometheus::Family<prometheus::Counter>& started;
  prometheus::Family<prometheus::Counter>& handled;
  prometheus::Family<prometheus::Histogram>& seconds;
};

// One call. gRPC makes it when the call begins and destroys it when it has ended.
class CallMetrics : public Interceptor {
 public:
  CallMetrics(Families* families, ServerRpcInfo* info)
      : families_(families), labels_(Labels(*info)), begin_(absl::Now()) {
    families_->started.Add(labels_).Increment();
  }

  ~CallMetrics() override {
    families_->seconds.Add(labels_, Buckets()).Observe(absl::ToDoubleSeconds(absl::Now() - begin_));
    std::map<std::string, std::string> labels = labels_;
    labels["grpc_code"] = CodeName(code_);
    families_->handled.Add(labels).Increment();
  }

  void Intercept(InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      code_ = methods->GetSendStatus().error_code();
    }
    methods->Proceed();
  }

 private:
  static std::map<std::string, std::string> Labels(const ServerRpcInfo& info) {
    const absl::string_view path = absl::StripPrefix(absl::string_view(info.method()), "/");
    const size_t slash = path.find('/');
    std::map<std::string, std::string> labels;
    labels["grpc_type"] = TypeName(info.type());
    labels["grpc_service"] = std::string(path.substr(0, slash));
    labels["grpc_method"] =
        slash == absl::string_view::npos ? "" : std::string(path.substr(slash + 1));
    return labels;
  }

  Families* const families_;
  const std::map<std::string, std::string> labels_;
  const absl::Time begin_;
  // Stays when no status is sent: the client went away.
  int code_ = static_cast<int>(absl::StatusCode::kCancelled);
};

// The paths of all methods of `services`, which are linked into the program.
std::set<std::string> PathsOf(const std::vector<std::string>& services) {
  std::set<std::string> paths;
  for (const std::string& name : services) {
    const auto* service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
    for (int i = 0; service != nullptr && i < service->method_count(); ++i) {
      paths.insert(absl::StrCat("/", name, "/", service->method(i)->name()));
    }
  }
  return paths;
}

class CallMetricsFactory : public ServerInterceptorFactoryInterface {
 public:
  CallMetricsFactory(const std::vector<std::string>& services, prometheus::Registry* registry)
      : paths_(PathsOf(services)), families_(registry) {}

  Interceptor* CreateServerInterceptor(ServerRpcInfo* info) override {
    // Without an interceptor the call goes on uncounted.
    return paths_.count(info->method()) > 0 ? new CallMetrics(&families_, info) : nullptr;
  }

 private:
  const std::set<std::string> paths_;
  Families families_;
};

}  // namespace

std::unique_ptr<ServerInterceptorFactoryInterface> NewCallMetricsFactory(
    const std::vector<std::string>& services, prometheus::Registry* registry) {
  return std::make_unique<CallMetricsFactory>(services, registry);
}

}  // namespace gossamer::service
