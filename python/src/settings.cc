#include "python/src/settings.h"

#include <pybind11/stl.h>

#include <array>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "python/src/errors.h"
#include "python/src/held_profile.h"

namespace py = pybind11;

namespace fsc::python {
namespace {

using Setter = std::function<void(EncoderConfig*, const std::string& name, const py::handle&)>;

// Sets what `field` of a configuration refers to.
template <class Field>
Setter Plain(Field field) {
  return [field](EncoderConfig* config, const std::string&, const py::handle& value) {
    auto& target = field(*config);
    target = value.cast<std::decay_t<decltype(target)>>();
  };
}

template <class Value, class Field>
Setter Named(std::map<std::string, Value> names, Field field) {
  return [names = std::move(names), field](EncoderConfig* config, const std::string& name, const py::handle& value) {
    const auto found = names.find(value.cast<std::string>());
    if (found != names.end()) {
      field(*config) = found->second;
      return;
    }
    std::string choices;
    for (const auto& [text, choice] : names) choices += (choices.empty() ? "" : ", ") + text;
    Raise(Usage("unknown value '" + value.cast<std::string>() + "'", name, "one of " + choices));
  };
}

#define FIELD(path)                \
  [](EncoderConfig & c) -> auto& { \
    return c.path;                 \
  }

const std::map<std::string, Setter>& Setters() {
  static const std::map<std::string, Setter> setters = {
      {"mode", Plain(FIELD(mode))},
      {"qp", Plain(FIELD(qp))},
      {"preset", Plain(FIELD(preset))},
      {"tune", Plain(FIELD(tune))},
      {"gop_frames", Plain(FIELD(gop_frames))},
      {"low_delay", Plain(FIELD(low_delay))},
      {"threads", Plain(FIELD(threads))},
      {"profile", [](EncoderConfig* config, const std::string&,
                     const py::handle& value) { config->profile = value.cast<const HeldProfile&>().profile; }},
      {"profile_by_hash", Plain(FIELD(profile_by_hash))},
      {"codec_options", Plain(FIELD(codec_options))},
      {"latent.lossless", Plain(FIELD(latent.lossless))},
      {"latent.bitrate_kbps", Plain(FIELD(latent.bitrate_kbps))},
      {"latent.buffer_seconds", Plain(FIELD(latent.buffer_seconds))},
      {"latent.max_frame_bytes", Plain(FIELD(latent.max_frame_bytes))},
      {"latent.bidirectional_frames", Plain(FIELD(latent.bidirectional_frames))},
      {"latent.task_map", Plain(FIELD(latent.task_map))},
      {"latent.transform",
       Named<LatentTransform>(
           {{"auto", LatentTransform::kAuto}, {"identity", LatentTransform::kIdentity}, {"klt", LatentTransform::kKlt}},
           FIELD(latent.transform))},
      {"latent.motion", Named<LatentMotion>({{"auto", LatentMotion::kAuto},
                                             {"luma", LatentMotion::kLuma},
                                             {"flow", LatentMotion::kFlow},
                                             {"planes", LatentMotion::kPlanes},
                                             {"zero", LatentMotion::kZero}},
                                            FIELD(latent.motion))},
      {"quantizer.bits", Plain(FIELD(quantizer.bits))},
      {"quantizer.levels", Plain(FIELD(quantizer.levels))},
      {"quantizer.rule", Named<RangeRule>({{"auto", RangeRule::kAuto},
                                           {"minmax", RangeRule::kMinMax},
                                           {"sigma", RangeRule::kSigma},
                                           {"percentile", RangeRule::kPercentile},
                                           {"fixed", RangeRule::kFixed}},
                                          FIELD(quantizer.rule))},
      {"quantizer.sigma_width", Plain(FIELD(quantizer.sigma_width))},
      {"quantizer.percentile", Plain(FIELD(quantizer.percentile))},
      {"quantizer.fixed_lo", Plain(FIELD(quantizer.fixed_lo))},
      {"quantizer.fixed_hi", Plain(FIELD(quantizer.fixed_hi))},
      {"quantizer.scope",
       Named<RangeScope>(
           {{"layer", RangeScope::kLayer}, {"channel", RangeScope::kChannel}, {"element", RangeScope::kElement}},
           FIELD(quantizer.scope))},
      {"quantizer.update", Named<RangeUpdate>({{"intra", RangeUpdate::kIntraPeriod}, {"frame", RangeUpdate::kFrame}},
                                              FIELD(quantizer.update))},
      {"quantizer.level_rule",
       Named<LevelRule>({{"centre", LevelRule::kCentre}, {"qlayer", LevelRule::kQLayer}, {"floor", LevelRule::kFloor}},
                        FIELD(quantizer.level_rule))},
      {"tiling.arrangement",
       Named<Arrangement>(
           {{"tiles", Arrangement::kTiles}, {"quilt", Arrangement::kQuilt}, {"mpeg", Arrangement::kMpeg}},
           FIELD(tiling.arrangement))},
      {"tiling.order", Named<ChannelOrder>({{"raster", ChannelOrder::kRaster},
                                            {"mean", ChannelOrder::kByMean},
                                            {"similarity", ChannelOrder::kBySimilarity}},
                                           FIELD(tiling.order))},
      {"tiling.tile_multiple_px", Plain(FIELD(tiling.tile_multiple_px))},
  };
  return setters;
}

#undef FIELD

}  // namespace

EncoderConfig ConfigOf(const py::dict& settings) {
  EncoderConfig config;
  for (const auto& [key, value] : settings) {
    const std::string name = py::str(key);
    const auto setter = Setters().find(name);
    if (setter == Setters().end()) Raise(Usage("unknown setting", name));
    try {
      setter->second(&config, name, value);
    } catch (const py::cast_error&) {
      Raise(Usage("a value of another type: " + std::string(py::repr(value)), name));
    }
  }
  return config;
}

StreamInfo StreamInfoOf(const py::dict& fields) {
  using Pair = std::pair<int, int>;
  StreamInfo stream;
  for (const py::handle& layer : fields["layers"]) {
    using Spec = std::tuple<std::string, int, int, int, int, int>;
    const auto [name, channels, height, width, stride, phase] = layer.cast<Spec>();
    stream.layers.push_back({name, channels, height, width, stride, phase});
  }
  const auto [tick_num, tick_den] = fields["time_base"].cast<Pair>();
  const auto [rate_num, rate_den] = fields["frame_rate"].cast<Pair>();
  stream.time_base = {tick_num, tick_den};
  stream.frame_rate = {rate_num, rate_den};
  std::tie(stream.input_width_px, stream.input_height_px) = fields["input_px"].cast<Pair>();
  std::tie(stream.source_width_px, stream.source_height_px) = fields["source_px"].cast<Pair>();
  stream.model_id = fields["model_id"].cast<std::string>();
  const auto sha256 = fields["model_sha256"].cast<std::string>();
  if (sha256.size() == stream.model_sha256.size()) {
    std::copy(sha256.begin(), sha256.end(), stream.model_sha256.begin());
  } else if (!sha256.empty()) {
    Raise(Usage("a SHA-256 has 32 bytes", "model_sha256"));
  }
  return stream;
}

py::list LayerTuples(const std::vector<LayerSpec>& layers) {
  py::list tuples;
  for (const LayerSpec& layer : layers) {
    tuples.append(py::make_tuple(layer.name, layer.channels, layer.height_cells, layer.width_cells, layer.stride_px,
                                 layer.phase_px16));
  }
  return tuples;
}

py::dict HeaderDict(const StreamHeader& header) {
  const TimeBase rate = FrameRateOf(header);
  const auto bytes = [](const auto& from) {
    return py::bytes(reinterpret_cast<const char*>(from.data()), from.size());
  };
  py::dict fields;
  fields["mode"] = header.mode;
  fields["layers"] = LayerTuples(header.layers);
  fields["time_base"] = py::make_tuple(header.time_base.num, header.time_base.den);
  fields["frame_rate"] = py::make_tuple(rate.num, rate.den);
  fields["input_px"] = py::make_tuple(header.input_width_px, header.input_height_px);
  fields["source_px"] = py::make_tuple(header.source_width_px, header.source_height_px);
  fields["model_id"] = header.model_id;
  fields["model_sha256"] = header.model_sha256 == Sha256{} ? py::bytes() : bytes(header.model_sha256);
  fields["profile_bytes"] = header.profile.size();
  fields["encoder"] = header.encoder;
  return fields;
}

py::tuple EntryTuple(const IndexEntry& entry) {
  constexpr std::array kNames = {"I", "P", "B"};
  return py::make_tuple(kNames[size_t(entry.type)], entry.random_access, entry.frame_number, entry.timestamp_ticks,
                        entry.offset_bytes, entry.size_bytes, entry.configures);
}

}  // namespace fsc::python
