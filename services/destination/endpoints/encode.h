#ifndef SERVICES_DESTINATION_ENDPOINTS_ENCODE_H_
#define SERVICES_DESTINATION_ENDPOINTS_ENCODE_H_

#include <string>

#include "google/protobuf/message_lite.h"

namespace gossamer::destination {

// The message's bytes, the same for equal content: maps are written in order, which protobuf does
// not do by itself. So bytes can be compared to see whether an answer changed.
std::string Encode(const google::protobuf::MessageLite& message);

}  // namespace gossamer::destination

#endif  // SERVICES_DESTINATION_ENDPOINTS_ENCODE_H_
