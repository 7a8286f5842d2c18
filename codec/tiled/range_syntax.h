// range_syntax.h: the bytes of a frame's quantiser ranges: the side information of the tiled modes.
//
//   per layer: 2 n floats (codec/float_syntax.h), lo[0..n-1], hi[0..n-1], n = number of ranges of the layer
#ifndef FSC_CODEC_TILED_RANGE_SYNTAX_H_
#define FSC_CODEC_TILED_RANGE_SYNTAX_H_

#include <span>
#include <string>
#include <vector>

#include "codec/tiled/quantizer.h"
#include "core/byte_reader.h"
#include "core/byte_writer.h"

namespace fsc {

// Chooses the coding that is shorter. kInternal when zstd fails.
Status WriteRanges(std::span<const LayerRanges> layers, ByteWriter* out);

// kBadInput when the bytes are malformed. The values themselves are checked by LayerQuantizer::SetRanges.
Result<std::vector<LayerRanges>> ReadRanges(ByteReader* in, std::span<const LayerSpec> layers, RangeScope scope,
                                            const std::string& where);

}  // namespace fsc

#endif  // FSC_CODEC_TILED_RANGE_SYNTAX_H_
