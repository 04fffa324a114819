#include "tests/bench/svg_chart.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace gossamer::bench {
namespace {

// All in pixels.
constexpr int kColumns = 3;
constexpr int kMargin = 24;
constexpr int kPanelWidth = 350;
constexpr int kPanelGap = 22;
constexpr int kPanelHead = 36;  // Title and remark.
constexpr int kBarStep = 20;
constexpr int kBarHeight = 14;
constexpr int kNameWidth = 64;
constexpr int kLegendNameWidth = 84;
constexpr int kValueWidth = 78;  // Right of the longest bar.
constexpr int kBarWidthMax = kPanelWidth - kNameWidth - kValueWidth;
constexpr int kLineHeight = 18;

constexpr char kText[] = "#1a1a1a";
constexpr char kFaintText[] = "#5f6368";

std::string Escape(const std::string& text) {
  return absl::StrReplaceAll(text,
                             {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}});
}

struct TextStyle {
  int size = 12;
  const char* color = kText;
  bool bold = false;
  const char* anchor = "start";
};

std::string Text(int x, int y, const std::string& text, const TextStyle& style) {
  return absl::StrFormat(
      "<text x=\"%d\" y=\"%d\" font-size=\"%d\" fill=\"%s\" text-anchor=\"%s\"%s>%s</text>\n", x, y,
      style.size, style.color, style.anchor, style.bold ? " font-weight=\"bold\"" : "",
      Escape(text));
}

std::string Box(int x, int y, double width, int height, const std::string& color) {
  return absl::StrFormat("<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n", x,
                         y, width, height, Escape(color));
}

int HeightOf(const SvgChart::Panel& panel) {
  return kPanelHead + static_cast<int>(panel.bars.size()) * kBarStep;
}

std::string WritePanel(const SvgChart::Panel& panel, const std::vector<SvgChart::Series>& series,
                       int x, int y) {
  std::string out = Text(x, y + 12, panel.title, {.size = 11, .bold = true}) +
                    Text(x + kNameWidth, y + 27, panel.remark, {.size = 11, .color = kFaintText});
  double longest = 0;
  for (const SvgChart::Bar& bar : panel.bars) longest = std::max(longest, bar.value);
  int line = y + kPanelHead;
  for (const SvgChart::Bar& bar : panel.bars) {
    const int base = line + kBarHeight - 3;
    const double width = longest > 0 ? std::max(0.0, bar.value) / longest * kBarWidthMax : 0;
    absl::StrAppend(&out, Text(x + kNameWidth - 6, base, series[bar.series].name,
                               {.size = 11, .color = kFaintText, .anchor = "end"}));
    absl::StrAppend(&out, Box(x + kNameWidth, line, width, kBarHeight, series[bar.series].color));
    // The first series is the one that the picture is about.
    absl::StrAppend(&out, Text(x + kNameWidth + static_cast<int>(width) + 5, base, bar.text,
                               {.size = 11, .bold = bar.series == 0}));
    line += kBarStep;
  }
  absl::StrAppendFormat(&out, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"%s\"/>\n",
                        x + kNameWidth, y + kPanelHead - 3, x + kNameWidth,
                        line - kBarStep + kBarHeight + 3, kFaintText);
  return out;
}

}  // namespace

std::string SvgChart::Write() const {
  const int width = 2 * kMargin + kColumns * kPanelWidth + (kColumns - 1) * kPanelGap;
  std::string body = Text(kMargin, kMargin + 14, title, {.size = 20, .bold = true});
  int y = kMargin + 20;
  for (const std::string& line : subtitle) {
    y += kLineHeight;
    absl::StrAppend(&body, Text(kMargin, y, line, {.size = 12, .color = kFaintText}));
  }
  y += kLineHeight - 6;
  for (const Series& one : series) {
    absl::StrAppend(
        &body, Box(kMargin, y, kBarHeight, kBarHeight, one.color),
        Text(kMargin + 22, y + kBarHeight - 3, one.name, {.size = 12, .bold = true}),
        Text(kMargin + 22 + kLegendNameWidth, y + kBarHeight - 3, one.meaning, {.size = 12}));
    y += kLineHeight;
  }
  y += kPanelGap / 2;
  for (size_t row = 0; row < panels.size(); row += kColumns) {
    int height = 0;
    for (size_t i = row; i < std::min(panels.size(), row + kColumns); ++i) {
      const int x = kMargin + static_cast<int>(i - row) * (kPanelWidth + kPanelGap);
      absl::StrAppend(&body, WritePanel(panels[i], series, x, y));
      height = std::max(height, HeightOf(panels[i]));
    }
    y += height + kPanelGap;
  }
  return absl::StrFormat(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
             "viewBox=\"0 0 %d %d\" font-family=\"Helvetica, Arial, sans-serif\">\n"
             "<title>%s</title>\n",
             width, y, width, y, Escape(title)) +
         absl::StrFormat("<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", width, y) + body +
         "</svg>\n";
}

}  // namespace gossamer::bench
