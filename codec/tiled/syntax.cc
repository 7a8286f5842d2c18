#include "codec/tiled/syntax.h"

namespace fsc {
namespace {

constexpr uint8_t kVersion = 1;

}  // namespace

std::vector<uint8_t> WriteTiledConfig(const TiledConfig& config) {
  ByteWriter out;
  out.U8(kVersion);
  out.U8(uint8_t(config.bits));
  out.Leb128(uint64_t(config.levels));
  out.U8(uint8_t(config.level_rule));
  out.U8(uint8_t(config.scope));
  WriteTileSyntax(config.tiles.layout, config.tiles.orders, &out);
  out.Leb128(config.codec_private.size());
  out.Bytes(config.codec_private);
  return out.Take();
}

Result<TiledConfig> ReadTiledConfig(std::span<const uint8_t> bytes, std::span<const LayerSpec> layers,
                                    const Limits& limits) {
  const std::string where = "configuration of the tiled mode";
  ByteReader in(bytes);
  const uint8_t version = in.U8();
  const uint8_t bits = in.U8();
  const uint64_t levels = in.Leb128();
  const uint8_t level_rule = in.U8();
  const uint8_t scope = in.U8();
  FSC_RETURN_IF_ERROR(in.Check("tiled configuration", where));
  if (version != kVersion) {
    return BadInput("tiled configuration of version " + std::to_string(version), where, "a newer fsc may read it");
  }
  if (bits < 1 || bits > 16 || levels < 2 || levels > uint64_t{1} << bits || level_rule > uint8_t(LevelRule::kFloor) ||
      scope > uint8_t(RangeScope::kElement)) {
    return BadInput("impossible quantiser", where, "the stream is damaged");
  }
  FSC_ASSIGN_OR_RETURN(TileSyntax tiles, ReadTileSyntax(&in, layers, limits, where));
  const auto codec_private = in.Bytes(in.Leb128());
  FSC_RETURN_IF_ERROR(in.CheckAtEnd("tiled configuration", where));
  return TiledConfig{bits,
                     int(levels),
                     LevelRule(level_rule),
                     RangeScope(scope),
                     std::move(tiles),
                     std::vector<uint8_t>(codec_private.begin(), codec_private.end())};
}

}  // namespace fsc
