#include "yardstick.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace fsc::hostile {
namespace {

struct Moments {
  double count = 0, sum = 0, squares = 0;

  void Add(double x) { ++count, sum += x, squares += x * x; }
  void Add(const Moments& other) { count += other.count, sum += other.sum, squares += other.squares; }
  double mean() const { return sum / std::max(count, 1.0); }
  double variance() const { return std::max(0.0, squares / std::max(count, 1.0) - mean() * mean()); }
  double mean_square() const { return squares / std::max(count, 1.0); }
};

// Which values of a layer are compared.
class Selection {
 public:
  explicit Selection(const Situation& situation) : situation_(situation) {}

  size_t Elements(size_t layer, const Tensor& tensor) const {
    if (situation_.watched_channels == 0) return tensor.size();
    return layer == 0 ? tensor.plane(0).size() * size_t(situation_.watched_channels) : 0;
  }

  bool Leaves(int frame, size_t layer, size_t element, size_t plane) const {
    for (const Excluded& value : situation_.excluded) {
      if ((value.frame == frame || value.frame < 0) && value.layer == int(layer) &&
          size_t(value.channel) * plane + size_t(value.cell) == element) {
        return true;
      }
    }
    return false;
  }

 private:
  const Situation& situation_;
};

// `first_frame`: where the compared frames begin in both.
FrameSnr MeasureSnr(const Selection& selection, const std::vector<FeatureFrame>& sent,
                    const std::vector<FeatureFrame>& came, int first_frame) {
  FrameSnr result;
  const size_t frames = sent.size() - size_t(first_frame);
  for (size_t layer = 0; layer < sent[0].layers.size(); ++layer) {
    const size_t plane = sent[0].layers[layer].plane(0).size();
    const size_t elements = selection.Elements(layer, sent[0].layers[layer]);
    if (elements == 0) continue;
    Moments all;
    std::vector<Moments> signal(frames), error(frames);
    for (size_t t = 0; t < frames; ++t) {
      const std::span<const float> x = sent[first_frame + t].layers[layer].values();
      const std::span<const float> y = came[first_frame + t].layers[layer].values();
      for (size_t k = 0; k < elements; ++k) {
        if (selection.Leaves(int(t), layer, k, plane)) continue;
        signal[t].Add(x[k]);
        error[t].Add(double{x[k]} - y[k]);
      }
      all.Add(signal[t]);
    }
    const double of_clip = all.variance() > 1e-10 * all.mean_square() ? all.variance() : all.mean_square();
    std::vector<double>& snr = result.emplace_back();
    for (size_t t = 0; t < frames; ++t) {
      const double power = signal[t].variance() > 1e-4 * of_clip ? signal[t].variance() : of_clip;
      const double noise = error[t].mean_square();
      snr.push_back(noise == 0 ? kBestDb : power == 0 ? 0.0 : std::min(kBestDb, 10 * std::log10(power / noise)));
    }
  }
  return result;
}

double Mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / double(values.size());
}

double WorstNear(const std::vector<double>& values, int frame) {
  const int first = std::max(0, frame - kGroupNeighbours);
  const int last = std::min(int(values.size()) - 1, frame + kGroupNeighbours);
  return *std::min_element(values.begin() + first, values.begin() + last + 1);
}

void Compare(const FrameSnr& snr, const FrameSnr& reference, int exempt, Verdict* verdict) {
  verdict->worst_deficit_db = verdict->mean_deficit_db = -kBestDb;
  for (size_t layer = 0; layer < snr.size(); ++layer) {
    for (int t = exempt; t < int(snr[layer].size()); ++t) {
      const double deficit = WorstNear(reference[layer], t) - snr[layer][t];
      if (deficit <= verdict->worst_deficit_db) continue;
      verdict->worst_deficit_db = deficit;
      verdict->worst_frame = t;
      verdict->worst_layer = int(layer);
    }
    const std::vector<double> settled(snr[layer].begin() + exempt, snr[layer].end());
    const std::vector<double> wanted(reference[layer].begin() + exempt, reference[layer].end());
    const double mean = Mean(settled), reference_mean = Mean(wanted);
    if (reference_mean - mean <= verdict->mean_deficit_db) continue;
    verdict->mean_deficit_db = reference_mean - mean;
    verdict->mean_db = mean;
    verdict->reference_mean_db = reference_mean;
  }
}

}  // namespace

bool Verdict::quality_ok() const {
  return worst_deficit_db <= kMostDeficitDb && mean_deficit_db <= kMostDeficitDb;
}

std::string Verdict::Word() const {
  if (!error.empty()) return error;
  if (quality_ok()) return rate_ok() ? "ok" : "rate";
  return rate_ok() ? "quality" : "quality+rate";
}

Result<Yardstick::Reference> Yardstick::CodeReference(const Situation& situation, const Clip& clip,
                                                      const Setup& setup) {
  const std::string key = situation.reference + "/" + setup.name + "/" + std::to_string(situation.watched_channels) +
                          (situation.excluded.empty() ? "" : "/" + situation.name);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = kept_.find(key);
    if (found != kept_.end()) return found->second;
  }
  const Clip reference = ReferenceClip(situation, clip);
  FSC_ASSIGN_OR_RETURN(const CodedClip coded, CodeClip(ConfigFor(setup, reference.layers), reference));
  Reference result{MeasureSnr(Selection(situation), reference.frames, coded.frames, 0), coded.BytesFrom(0)};
  const std::lock_guard<std::mutex> lock(mutex_);
  return kept_[key] = std::move(result);
}

Result<Yardstick::Reference> Yardstick::ReferenceOf(const Situation& situation, const Clip& clip, const Setup& setup) {
  if (situation.against != Against::kSafest) return CodeReference(situation, clip, setup);
  std::optional<Reference> result;
  for (const Setup& safest : SafestOf(setup)) {
    FSC_ASSIGN_OR_RETURN(const Reference reference, CodeReference(situation, clip, safest));
    if (!result) result = reference;
    result->bytes = std::max(result->bytes, reference.bytes);
    for (size_t layer = 0; layer < reference.snr.size(); ++layer) {
      for (size_t t = 0; t < reference.snr[layer].size(); ++t) {
        result->snr[layer][t] = std::min(result->snr[layer][t], reference.snr[layer][t]);
      }
    }
  }
  if (setup.config.mode == "latent") return *std::move(result);
  // Ranges of a few values in every frame are a copy of them, which no encoder is behind.
  const auto plain = std::ranges::find(AllSituations(), "plain", &Situation::name);
  FSC_ASSIGN_OR_RETURN(const Reference usual, CodeReference(*plain, plain->clip(), SafestOf(setup).front()));
  const double most_db = Mean(usual.snr[0]);
  for (std::vector<double>& layer : result->snr) {
    for (double& db : layer) db = std::min(db, most_db);
  }
  return *std::move(result);
}

Verdict Yardstick::Judge(const Situation& situation, const Clip& clip, const Setup& setup) {
  Verdict verdict;
  const Result<Reference> reference = ReferenceOf(situation, clip, setup);
  if (!reference.ok()) {
    verdict.error = "reference: " + reference.error().OneLine();
    return verdict;
  }
  const Result<CodedClip> coded = CodeClip(ConfigFor(setup, clip.layers), clip);
  if (!coded.ok()) {
    verdict.error = coded.error().OneLine();
    return verdict;
  }
  const FrameSnr snr = MeasureSnr(Selection(situation), clip.frames, coded->frames, situation.first);
  FrameSnr wanted = reference->snr;
  if (situation.copies) {
    const FrameSnr before = MeasureSnr(Selection(situation), clip.frames, coded->frames, situation.first - 1);
    for (size_t layer = 0; layer < wanted.size(); ++layer) {
      for (int t = 0; t < situation.frames && !coded->random_access[size_t(situation.first + t)]; ++t) {
        wanted[layer][size_t(t)] = before[layer][0];
      }
    }
  }
  const bool settles = situation.against == Against::kAlone && setup.config.mode == "latent";
  Compare(snr, wanted, settles ? kSettlingFrames : 0, &verdict);
  verdict.bytes = coded->BytesFrom(situation.first);
  verdict.reference_bytes = reference->bytes;
  const double free_bytes = double(kFreeBytesPerFrame) * situation.frames;
  verdict.rate_ratio =
      std::max(double(verdict.bytes) - free_bytes, 0.0) / std::max(double(verdict.reference_bytes), 1.0);
  verdict.warnings = coded->warnings;
  return verdict;
}

bool CeilingVerdict::ok() const {
  if (!error.empty()) return false;
  for (size_t i = 1; i < worst_db.size(); ++i) {
    if (worst_db[i] < floor_db && worst_db[i] < worst_db[i - 1] + kLeastRiseDb) return false;
  }
  return worst_db.back() >= floor_db;
}

CeilingVerdict JudgeCeiling(const Situation& situation, const Clip& clip, const EncoderConfig& latent) {
  CeilingVerdict verdict;
  verdict.floor_db = situation.ceiling_floor_db;
  Situation whole = situation;
  whole.watched_channels = 0;
  for (const int qp : kCeilingQps) {
    EncoderConfig config = latent;
    config.qp = qp;
    const Result<CodedClip> coded = CodeClip(config, clip);
    if (!coded.ok()) {
      verdict.error = coded.error().OneLine();
      return verdict;
    }
    double worst = kBestDb;
    for (const std::vector<double>& layer : MeasureSnr(Selection(whole), clip.frames, coded->frames, 0)) {
      for (size_t t = 0; t < layer.size(); ++t) {
        if (layer[t] >= worst) continue;
        worst = layer[t];
        verdict.worst_frame = int(t);
      }
    }
    verdict.worst_db.push_back(worst);
    verdict.warnings = coded->warnings;
  }
  return verdict;
}

}  // namespace fsc::hostile
