#include "cli/output/table.h"

#include <algorithm>

namespace gossamer::cli {
namespace {

constexpr char kGap[] = "   ";

void AppendCell(const std::string& cell, size_t width, Table::Align align, std::string* out) {
  const std::string padding(width - std::min(width, DisplayWidth(cell)), ' ');
  if (align == Table::Align::kRight) *out += padding;
  *out += cell;
  if (align == Table::Align::kLeft) *out += padding;
}

}  // namespace

size_t DisplayWidth(absl::string_view text) {
  // Every byte but a continuation begins a character.
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

std::string Table::ToString() const {
  std::vector<size_t> widths;
  for (size_t i = 0; i < columns_.size(); ++i) {
    size_t width = DisplayWidth(columns_[i].heading);
    for (const auto& row : rows_) width = std::max(width, DisplayWidth(row[i]));
    widths.push_back(width);
  }
  std::string out;
  const auto append_line = [&](auto cell_of) {
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) out += kGap;
      AppendCell(cell_of(i), widths[i], columns_[i].align, &out);
    }
    out += '\n';
  };
  append_line([&](size_t i) { return columns_[i].heading; });
  for (const auto& row : rows_) append_line([&](size_t i) { return row[i]; });
  return out;
}

}  // namespace gossamer::cli
