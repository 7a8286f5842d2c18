#include "link/channel/loss_model.h"

#include <map>
#include <string_view>
#include <utility>

#include "core/parse_number.h"

namespace fsc {
namespace {

constexpr char kForms[] = "give none, iid:loss=P or ge:loss=P,burst=N";
constexpr double kLongestBurst = 1e6;

// "a=1,b=2" as numbers; false where a name comes twice or something is no number.
bool ParseSettings(std::string_view text, std::map<std::string_view, double>* settings) {
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(item.size() + 1, text.size()));
    const size_t equals = item.find('=');
    double value = 0;
    if (equals == std::string_view::npos || !ParseNumber(item.substr(equals + 1), &value)) return false;
    if (!settings->emplace(item.substr(0, equals), value).second) return false;
  }
  return true;
}

std::string NumberText(double value) {
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value);
  return std::string(text, error == std::errc() ? end : text);
}

Status CheckRange(const LossSpec& spec, const std::string& text) {
  const std::string where = "channel '" + text + "'";
  if (!(spec.loss >= 0 && spec.loss <= 1)) return Usage("loss is outside 0..1", where, "give a share of the packets");
  if (spec.kind != LossKind::kGilbertElliott) return {};
  if (spec.loss == 1) return Usage("a line that loses everything has no bursts", where, "use iid:loss=1");
  if (!(spec.burst >= 1 && spec.burst <= kLongestBurst))
    return Usage("burst is outside 1..1000000", where, "give the mean number of packets lost in a row");
  if (spec.burst * (1 - spec.loss) < spec.loss) {
    return Usage("so many losses need longer bursts", where,
                 "give a burst of " + NumberText(spec.loss / (1 - spec.loss)) + " or more");
  }
  return {};
}

}  // namespace

Result<LossSpec> ParseLossSpec(const std::string& text) {
  if (text == "none") return LossSpec{};
  const std::string where = "channel '" + text + "'";
  const size_t colon = text.find(':');
  const std::string name = text.substr(0, colon);
  LossSpec spec;
  if (name == "iid") {
    spec.kind = LossKind::kIid;
  } else if (name == "ge") {
    spec.kind = LossKind::kGilbertElliott;
  } else {
    return Usage("unknown channel", where, kForms);
  }
  std::map<std::string_view, double> settings;
  if (colon == std::string::npos || !ParseSettings(std::string_view(text).substr(colon + 1), &settings))
    return Usage("channel cannot be read", where, kForms);
  const auto take = [&](std::string_view key, double* value) {
    const auto found = settings.find(key);
    if (found == settings.end()) return false;
    *value = found->second;
    settings.erase(found);
    return true;
  };
  const bool complete =
      take("loss", &spec.loss) && (spec.kind != LossKind::kGilbertElliott || take("burst", &spec.burst));
  if (!complete || !settings.empty()) return Usage("channel cannot be read", where, kForms);
  FSC_RETURN_IF_ERROR(CheckRange(spec, text));
  return spec;
}

std::string LossSpecText(const LossSpec& spec) {
  switch (spec.kind) {
    case LossKind::kNone:
      return "none";
    case LossKind::kIid:
      return "iid:loss=" + NumberText(spec.loss);
    case LossKind::kGilbertElliott:
      break;
  }
  return "ge:loss=" + NumberText(spec.loss) + ",burst=" + NumberText(spec.burst);
}

LossModel::LossModel(const LossSpec& spec, uint64_t seed) : spec_(spec), random_(seed) {
  if (spec.kind != LossKind::kGilbertElliott) return;
  to_good_ = 1 / spec.burst;
  to_bad_ = spec.loss / (spec.burst * (1 - spec.loss));
}

// The standard says what the generator gives, but not what its distributions make of it.
double LossModel::Uniform() {
  return double(random_() >> 11) * 0x1p-53;
}

bool LossModel::Next() {
  switch (spec_.kind) {
    case LossKind::kNone:
      return false;
    case LossKind::kIid:
      return Uniform() < spec_.loss;
    case LossKind::kGilbertElliott:
      break;
  }
  const bool lost = bad_;
  if (Uniform() < (bad_ ? to_good_ : to_bad_)) bad_ = !bad_;
  return lost;
}

}  // namespace fsc
