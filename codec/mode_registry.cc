#include "codec/mode_registry.h"

#include "codec/exact/decoder.h"
#include "codec/exact/encoder.h"
#include "codec/latent/decoder.h"
#include "codec/latent/encode/encoder.h"
#include "codec/tiled/decoder.h"
#include "codec/tiled/encoder.h"
#include "streams/picture_codec.h"

namespace fsc {
namespace {

constexpr char kLatent[] = "latent";

}  // namespace

bool MayReconfigure(const std::string& mode) {
  return mode == kLatent;
}

Result<std::unique_ptr<ModeEncoder>> CreateModeEncoder(const EncoderConfig& config, std::span<const LayerSpec> layers,
                                                       TimeBase time_base, TimeBase frame_rate, const Limits& limits) {
  if (config.mode == kExactMode) return CreateExactEncoder(config, layers);
  if (config.mode != kLatent) return CreateTiledEncoder(config, layers, time_base, frame_rate, limits);
  return CreateLatentEncoder(config, layers, frame_rate, limits);
}

Result<std::unique_ptr<ModeDecoder>> CreateModeDecoder(const StreamHeader& header, const Limits& limits, int threads) {
  Result<std::unique_ptr<ModeDecoder>> decoder = [&]() -> Result<std::unique_ptr<ModeDecoder>> {
    if (header.mode == kLatent) return CreateLatentDecoder(header, limits, threads);
    if (header.mode == kExactMode) return CreateExactDecoder(header);
    FSC_RETURN_IF_ERROR(CheckPictureMode(header.mode));
    return CreateTiledDecoder(header, limits, threads);
  }();
  if (decoder.ok() || decoder.error().kind != ErrorKind::kUsage) return decoder;
  // The settings come from the stream: what would be a wrong request elsewhere is unsupported input here.
  Error error = decoder.TakeStatus().TakeError();
  error.kind = ErrorKind::kBadInput;
  return error;
}

}  // namespace fsc
