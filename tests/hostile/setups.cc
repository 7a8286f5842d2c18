#include "setups.h"

#include <algorithm>
#include <utility>

#include "streams/picture_codec.h"

namespace fsc::hostile {
namespace {

constexpr double kFramesPerSecond = 25;
constexpr double kBitsPerElement = 0.4;

void AddLatent(std::vector<Setup>* list) {
  for (const char* preset : {"fast", "balanced", "high"}) {
    for (const bool low_delay : {false, true}) {
      Setup setup;
      setup.mode = std::string("latent_") + preset + (low_delay ? "_ld" : "_ra");
      setup.config.mode = "latent";
      setup.config.preset = preset;
      setup.config.low_delay = low_delay;
      setup.config.gop_frames = kGopFrames;
      for (const int qp : {28, 40, 52}) {
        setup.name = setup.mode + "_qp" + std::to_string(qp);
        setup.config.qp = qp;
        // Each preset once, and both structures.
        setup.in_short_form = (setup.mode == "latent_fast_ra" && qp == 40) ||
                              (setup.mode == "latent_balanced_ld" && qp == 28) ||
                              (setup.mode == "latent_high_ra" && qp == 40);
        list->push_back(setup);
      }
      setup.name = setup.mode + "_rate";
      setup.bits_per_element = kBitsPerElement;
      setup.in_short_form = setup.mode == "latent_fast_ra";
      list->push_back(std::move(setup));
    }
  }
  Setup intra;
  intra.name = "latent_fast_intra_qp40";
  intra.mode = "latent_fast_intra";
  intra.config.mode = "latent";
  intra.config.preset = "fast";
  intra.config.gop_frames = 1;
  intra.config.qp = 40;
  list->push_back(std::move(intra));
}

void AddTiled(std::vector<Setup>* list) {
  const std::vector<std::string> modes = AvailablePictureModes();
  const auto add = [&](const std::string& mode, const char* structure, std::vector<int> qps) {
    if (std::ranges::find(modes, mode) == modes.end()) return;
    for (const RangeScope scope : {RangeScope::kLayer, RangeScope::kChannel}) {
      const bool by_layer = scope == RangeScope::kLayer;
      Setup setup;
      setup.mode = mode + structure + (by_layer ? "_layer" : "_channel");
      setup.config.mode = mode;
      setup.config.low_delay = std::string(structure) == "_ld";
      setup.config.gop_frames = kGopFrames;
      setup.config.quantizer.scope = scope;
      for (const int qp : qps) {
        setup.name = setup.mode;
        if (qps.size() > 1) setup.name += "_qp" + std::to_string(qp);
        setup.config.qp = qp;
        setup.in_short_form = setup.name == "hevc_ld_layer_qp22" || setup.name == "h264_ra_channel_qp22" ||
                              setup.name == "ffv1_layer" || setup.name == "jpeg_channel";
        list->push_back(setup);
      }
    }
  };
  add("hevc", "_ra", {22, 34});
  add("hevc", "_ld", {22, 34});
  add("h264", "_ra", {22, 34});
  add("h264", "_ld", {22, 34});
  add("ffv1", "", {0});
  add("jpeg", "", {4});
}

}  // namespace

std::vector<Setup> AllSetups() {
  std::vector<Setup> list;
  AddLatent(&list);
  AddTiled(&list);
  return list;
}

std::vector<CeilingSetup> CeilingSetups() {
  std::vector<CeilingSetup> list;
  for (const bool low_delay : {false, true}) {
    CeilingSetup setup{low_delay ? "ceiling_ld" : "ceiling_ra", {}, low_delay};
    setup.config.mode = "latent";
    setup.config.preset = "fast";
    setup.config.low_delay = low_delay;
    setup.config.gop_frames = kGopFrames;
    list.push_back(std::move(setup));
  }
  return list;
}

EncoderConfig ConfigFor(const Setup& setup, const std::vector<LayerSpec>& layers) {
  EncoderConfig config = setup.config;
  if (setup.bits_per_element > 0) {
    config.latent.bitrate_kbps = setup.bits_per_element * double(TotalElements(layers)) * kFramesPerSecond / 1000;
  }
  return config;
}

std::vector<Setup> SafestOf(const Setup& setup) {
  Setup safest = setup;
  safest.name += "_safest";
  safest.config.latent.transform = LatentTransform::kIdentity;
  safest.config.quantizer.update = RangeUpdate::kFrame;
  std::vector<Setup> list = {safest};
  if (setup.config.quantizer.scope != RangeScope::kLayer) {
    safest.name += "_layer";
    safest.config.quantizer.scope = RangeScope::kLayer;
    list.push_back(std::move(safest));
  }
  return list;
}

}  // namespace fsc::hostile
