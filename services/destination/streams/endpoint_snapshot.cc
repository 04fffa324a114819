#include "services/destination/streams/endpoint_snapshot.h"

#include <string>

#include "services/destination/endpoints/encode.h"

namespace gossamer::destination {

std::vector<Payload> EndpointSnapshot::MessagesFrom(
    const std::shared_ptr<const Snapshot>& before) const {
  absl::MutexLock lock(&mutex_);
  if (before == nullptr) {
    if (whole_.empty()) whole_ = EncodeFrom(nullptr);
    return whole_;
  }
  if (change_from_.lock() != before) {
    change_ = EncodeFrom(static_cast<const EndpointSnapshot&>(*before).set_.get());
    change_from_ = before;
  }
  return change_;
}

std::vector<Payload> EndpointSnapshot::EncodeFrom(const EndpointSet* before) const {
  std::vector<Payload> payloads;
  if (before != nullptr && set_->SameAs(*before)) return payloads;
  for (const auto& update : set_->UpdatesFrom(before)) {
    payloads.push_back(std::make_shared<const std::string>(Encode(update)));
  }
  return payloads;
}

}  // namespace gossamer::destination
