#include "tests/bench/figures.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "nlohmann/json.hpp"

namespace gossamer::bench {
namespace {

double Median(std::vector<double> samples) {
  if (samples.empty()) return 0;
  std::sort(samples.begin(), samples.end());
  const size_t middle = samples.size() / 2;
  return samples.size() % 2 == 1 ? samples[middle] : (samples[middle - 1] + samples[middle]) / 2;
}

}  // namespace

std::string ShortNumber(double value) {
  const double size = value < 0 ? -value : value;
  if (size >= 100) return absl::StrFormat("%.0f", value);
  return size >= 10 ? absl::StrFormat("%.1f", value) : absl::StrFormat("%.2f", value);
}

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

std::string Figures::Unit(const std::string& figure) const {
  const Figure* found = Find(figure);
  return found == nullptr ? "" : found->unit;
}

bool Figures::Has(const std::string& figure, const std::string& contestant) const {
  const Figure* found = Find(figure);
  return found != nullptr && found->samples.count(contestant) != 0;
}

void Figures::AddNote(const std::string& note) {
  if (std::find(notes_.begin(), notes_.end(), note) == notes_.end()) notes_.push_back(note);
}

std::vector<std::vector<std::string>> Figures::Cells(const std::string& subject,
                                                     const std::vector<std::string>& peers) const {
  std::vector<std::vector<std::string>> lines(1);
  lines[0] = {"figure", "unit"};
  for (const std::string& contestant : contestants_) lines[0].push_back(contestant);
  for (const std::string& peer : peers) lines[0].push_back("/" + peer);
  for (const Figure& figure : figures_) {
    std::vector<std::string>& line = lines.emplace_back();
    line = {figure.name, figure.unit};
    for (const std::string& contestant : contestants_) {
      const auto samples = figure.samples.find(contestant);
      line.push_back(samples == figure.samples.end() ? "" : ShortNumber(Median(samples->second)));
    }
    for (const std::string& peer : peers) {
      const double divisor = Value(figure.name, peer);
      const bool comparable = divisor > 0 && figure.samples.count(subject) != 0;
      line.push_back(comparable ? absl::StrFormat("%.2f", Value(figure.name, subject) / divisor)
                                : "");
    }
  }
  return lines;
}

std::string Figures::Table(const std::string& subject, const std::vector<std::string>& peers,
                           Form form) const {
  const std::vector<std::vector<std::string>> lines = Cells(subject, peers);
  std::string table;
  if (form == Form::kMarkdown) {
    for (size_t i = 0; i < lines.size(); ++i) {
      absl::StrAppend(&table, "| ", absl::StrJoin(lines[i], " | "), " |\n");
      if (i > 0) continue;
      table += "|---|---|";
      for (size_t column = 2; column < lines[i].size(); ++column) table += "--:|";
      table += "\n";
    }
  } else {
    for (const std::vector<std::string>& line : lines) {
      absl::StrAppendFormat(&table, "%-62s %-5s", line[0], line[1]);
      for (size_t column = 2; column < line.size(); ++column) {
        absl::StrAppendFormat(&table, " %9s", line[column].empty() ? "-" : line[column]);
      }
      table += "\n";
    }
  }
  if (!notes_.empty()) absl::StrAppend(&table, "\n", absl::StrJoin(notes_, "\n"), "\n");
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
  return nlohmann::ordered_json({{"figures", figures}, {"notes", notes_}}).dump(2) + "\n";
}

}  // namespace gossamer::bench
