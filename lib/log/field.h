#ifndef LIB_LOG_FIELD_H_
#define LIB_LOG_FIELD_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace gossamer::log {

// One key=value of a log line, alive only for the log statement: text is borrowed where it can be.
//
// A value is text, a bool, an integer, a floating-point number, an absl::Duration, an absl::Status
// or any type with a `std::string ToString() const`.
class Field {
 public:
  template <typename T>
  Field(absl::string_view key, const T& value) : key_(key) {
    if constexpr (std::is_convertible_v<const T&, absl::string_view>) {
      borrowed_ = absl::string_view(value);
    } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
      const std::string_view text(value);
      borrowed_ = absl::string_view(text.data(), text.size());
    } else if constexpr (std::is_same_v<T, bool>) {
      SetBare(value ? "true" : "false");
    } else if constexpr (std::is_enum_v<T>) {
      SetBare(absl::StrCat(static_cast<int64_t>(value)));
    } else if constexpr (std::is_arithmetic_v<T>) {
      SetBare(absl::StrCat(value));
      // JSON knows no nan and no inf.
      if constexpr (std::is_floating_point_v<T>) bare_ = value - value == 0;
    } else if constexpr (std::is_same_v<T, absl::Duration>) {
      SetOwned(absl::FormatDuration(value));
    } else {
      SetOwned(value.ToString());
    }
  }

  absl::string_view key() const { return key_; }
  absl::string_view value() const { return owned_set_ ? absl::string_view(owned_) : borrowed_; }
  // True where JSON writes the value without quotes: a number or a bool.
  bool bare() const { return bare_; }

 private:
  void SetOwned(std::string value) {
    owned_ = std::move(value);
    owned_set_ = true;
  }
  void SetBare(std::string value) {
    SetOwned(std::move(value));
    bare_ = true;
  }

  absl::string_view key_;
  absl::string_view borrowed_;
  std::string owned_;
  bool owned_set_ = false;
  bool bare_ = false;
};

}  // namespace gossamer::log

#endif  // LIB_LOG_FIELD_H_
