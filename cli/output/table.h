#ifndef CLI_OUTPUT_TABLE_H_
#define CLI_OUTPUT_TABLE_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace gossamer::cli {

// Rows of cells under headings, with three spaces between columns.
//
// Columns are right-aligned, as Linkerd's are, unless they say otherwise; a line has no spaces
// before its first column, and keeps those after its last. Widths count characters, not bytes.
class Table {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string heading;
    Align align = Align::kRight;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // `cells` are as many as columns.
  void AddRow(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }

  // The headings and the rows, each line ended by a newline.
  std::string ToString() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// The characters of a UTF-8 text.
size_t DisplayWidth(absl::string_view text);

}  // namespace gossamer::cli

#endif  // CLI_OUTPUT_TABLE_H_
