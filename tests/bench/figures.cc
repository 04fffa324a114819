#include "tests/bench/figures.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "nlohmann/json.hpp"

namespace gossamer::bench {
namespace {

double Median(std::vector<double> samples) {
  if (samples.empty()) return 0;
  std::sort(samples.begin(), samples.end());
  const size_t middle = samples.size() / 2;
  return samples.size() % 2 == 1 ? samples[middle] : (samples[middle - 1] + samples[middle]) / 2;
}

// Three digits that matter, and no exponent.
std::string Number(double value) {
  const double size = value < 0 ? -value : value;
  if (size >= 100) return absl::StrFormat("%.0f", value);
  return size >= 10 ? absl::StrFormat("%.1f", value) : absl::StrFormat("%.2f", value);
}

}  // namespace

void Figures::Add(const std::string& figure, const std::string& unit, const std::string& contestant,
                  double sample) {
  if (Find(figure) == nullptr) figures_.push_back({figure, unit, {}});
  const_cast<Figure*>(Find(figure))->samples[contestant].push_back(sample);
}

const Figures::Figure* Figures::Find(const std::string& name) const {
  for (const Figure& figure : figures_) {
    if (figure.name == name) return &figure;
  }
  return nullptr;
}

double Figures::Value(const std::string& figure, const std::string& contestant) const {
  const Figure* found = Find(figure);
  if (found == nullptr) return 0;
  const auto samples = found->samples.find(contestant);
  return samples == found->samples.end() ? 0 : Median(samples->second);
}

std::vector<std::string> Figures::names() const {
  std::vector<std::string> names;
  for (const Figure& figure : figures_) names.push_back(figure.name);
  return names;
}

std::string Figures::Table(const std::string& subject,
                           const std::vector<std::string>& peers) const {
  std::string table = absl::StrFormat("%-44s %-6s", "figure", "unit");
  for (const std::string& contestant : contestants_) {
    absl::StrAppendFormat(&table, " %10s", contestant);
  }
  for (const std::string& peer : peers) absl::StrAppendFormat(&table, " %10s", "/" + peer);
  table += "\n";
  for (const Figure& figure : figures_) {
    absl::StrAppendFormat(&table, "%-44s %-6s", figure.name, figure.unit);
    for (const std::string& contestant : contestants_) {
      const auto samples = figure.samples.find(contestant);
      absl::StrAppendFormat(
          &table, " %10s", samples == figure.samples.end() ? "-" : Number(Median(samples->second)));
    }
    for (const std::string& peer : peers) {
      const double divisor = Value(figure.name, peer);
      absl::StrAppendFormat(
          &table, " %10s",
          divisor > 0 ? absl::StrFormat("%.2f", Value(figure.name, subject) / divisor) : "-");
    }
    table += "\n";
  }
  return table;
}

std::string Figures::Json() const {
  nlohmann::ordered_json figures = nlohmann::ordered_json::array();
  for (const Figure& figure : figures_) {
    nlohmann::ordered_json one = {{"name", figure.name}, {"unit", figure.unit}};
    for (const auto& [contestant, samples] : figure.samples) {
      one["median"][contestant] = Median(samples);
      one["samples"][contestant] = samples;
    }
    figures.push_back(one);
  }
  return nlohmann::ordered_json({{"figures", figures}}).dump(2) + "\n";
}

}  // namespace gossamer::bench
