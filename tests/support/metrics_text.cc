#include "tests/support/metrics_text.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace gossamer::harness {
namespace {

// Reads `{name="value",...}` from the front of `text`; false where it is malformed.
bool ConsumeLabels(absl::string_view* text, std::map<std::string, std::string>* labels) {
  text->remove_prefix(1);
  while (!text->empty() && text->front() != '}') {
    const size_t equals = text->find("=\"");
    if (equals == absl::string_view::npos) return false;
    const std::string name(text->substr(0, equals));
    text->remove_prefix(equals + 2);
    std::string& value = (*labels)[name];
    while (!text->empty() && text->front() != '"') {
      if (text->front() == '\\' && text->size() > 1) {
        text->remove_prefix(1);
        value.push_back(text->front() == 'n' ? '\n' : text->front());
      } else {
        value.push_back(text->front());
      }
      text->remove_prefix(1);
    }
    if (text->empty()) return false;
    text->remove_prefix(1);
    if (!text->empty() && text->front() == ',') text->remove_prefix(1);
  }
  if (text->empty()) return false;
  text->remove_prefix(1);
  return true;
}

bool ParseSample(absl::string_view line, Sample* sample) {
  const size_t name_end = line.find_first_of("{ ");
  if (name_end == absl::string_view::npos || name_end == 0) return false;
  sample->name = std::string(line.substr(0, name_end));
  line.remove_prefix(name_end);
  if (line.front() == '{' && !ConsumeLabels(&line, &sample->labels)) return false;
  // A time stamp may follow the value.
  const std::vector<absl::string_view> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
  return !words.empty() && words.size() <= 2 && absl::SimpleAtod(words[0], &sample->value);
}

absl::string_view LabelOf(const Sample& sample, const std::string& name) {
  const auto found = sample.labels.find(name);
  return found == sample.labels.end() ? absl::string_view() : absl::string_view(found->second);
}

}  // namespace

bool SampleFilter::Matches(const Sample& sample) const {
  if (sample.name != name) return false;
  for (const auto& [label, value] : equal) {
    if (LabelOf(sample, label) != value) return false;
  }
  for (const auto& [label, value] : different) {
    if (LabelOf(sample, label) == value) return false;
  }
  return true;
}

absl::StatusOr<std::vector<Sample>> ParseMetrics(absl::string_view text) {
  std::vector<Sample> samples;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line.front() == '#') continue;
    Sample sample;
    if (!ParseSample(line, &sample)) {
      return absl::InvalidArgumentError(absl::StrCat("metrics: not a sample: ", line));
    }
    samples.push_back(std::move(sample));
  }
  return samples;
}

double Sum(const std::vector<Sample>& samples, const SampleFilter& filter) {
  double sum = 0;
  for (const Sample& sample : samples) {
    if (filter.Matches(sample)) sum += sample.value;
  }
  return sum;
}

}  // namespace gossamer::harness
