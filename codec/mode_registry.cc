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

// The settings come from a stream: what would be a wrong request elsewhere is unsupported input there.
Status AsBadInput(Status status) {
  if (status.ok() || status.error().kind != ErrorKind::kUsage) return status;
  Error error = status.TakeError();
  error.kind = ErrorKind::kBadInput;
  return error;
}

}  // namespace

bool MayAnalyse(const std::string& mode) {
  return mode == kLatent;
}

bool MayReconfigure(const std::string& mode) {
  return mode == kLatent;
}

Result<std::unique_ptr<ModeEncoder>> CreateModeEncoder(const EncoderConfig& config, std::span<const LayerSpec> layers,
                                                       TimeBase time_base, TimeBase frame_rate, const Limits& limits) {
  if (config.mode == kExactMode) return CreateExactEncoder(config, layers);
  if (config.mode != kLatent) return CreateTiledEncoder(config, layers, time_base, frame_rate, limits);
  return CreateLatentEncoder(config, layers, frame_rate, limits);
}

Status CheckMode(const std::string& mode) {
  if (mode == kLatent || mode == kExactMode) return {};
  return AsBadInput(CheckPictureMode(mode));
}

Result<std::unique_ptr<ModeDecoder>> CreateModeDecoder(const StreamHeader& header, const Limits& limits, int threads) {
  FSC_RETURN_IF_ERROR(CheckMode(header.mode));
  Result<std::unique_ptr<ModeDecoder>> decoder = header.mode == kLatent ? CreateLatentDecoder(header, limits, threads)
                                                 : header.mode == kExactMode
                                                     ? CreateExactDecoder(header)
                                                     : CreateTiledDecoder(header, limits, threads);
  if (!decoder.ok()) return AsBadInput(decoder.TakeStatus());
  return decoder;
}

}  // namespace fsc
