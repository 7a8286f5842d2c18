// syntax.h: the configuration of a tiled stream (StreamHeader::mode_config of the modes that code pictures).
//
//   u8 version (1), u8 bits, leb128 levels, u8 level rule (0 centre, 1 Q-layer, 2 floor), u8 range scope (0 layer, 1
//   channel, 2 element), tile syntax (tiling/tile_syntax.h), leb128 size + bytes of the picture codec's private data
#ifndef FSC_CODEC_TILED_SYNTAX_H_
#define FSC_CODEC_TILED_SYNTAX_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "fsc/feature_frame.h"
#include "fsc/limits.h"
#include "fsc/quantizer_config.h"
#include "fsc/status.h"
#include "tiling/tile_syntax.h"

namespace fsc {

// What a decoder must know of the encoder's settings.
struct TiledConfig {
  int bits = 8;
  int levels = 256;
  LevelRule level_rule = LevelRule::kCentre;
  RangeScope scope = RangeScope::kLayer;
  TileSyntax tiles;
  std::vector<uint8_t> codec_private;
};

std::vector<uint8_t> WriteTiledConfig(const TiledConfig& config);

// kBadInput when malformed, of a newer version, or outside `limits`.
Result<TiledConfig> ReadTiledConfig(std::span<const uint8_t> bytes, std::span<const LayerSpec> layers,
                                    const Limits& limits);

}  // namespace fsc

#endif  // FSC_CODEC_TILED_SYNTAX_H_
