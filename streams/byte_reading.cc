#include "streams/byte_reading.h"

#include <algorithm>
#include <vector>

namespace fsc {
namespace {

constexpr size_t kPieceBytes = size_t{1} << 16;

}  // namespace

Result<size_t> ReadFully(ByteSource* source, std::span<uint8_t> out) {
  size_t done = 0;
  while (done < out.size()) {
    FSC_ASSIGN_OR_RETURN(const size_t count, source->Read(out.subspan(done)));
    if (count == 0) break;
    done += count;
  }
  return done;
}

Status PassOver(ByteSource* source, uint64_t count) {
  std::vector<uint8_t> piece(size_t(std::min<uint64_t>(count, kPieceBytes)));
  while (count > 0) {
    const size_t wanted = size_t(std::min<uint64_t>(piece.size(), count));
    FSC_ASSIGN_OR_RETURN(const size_t passed, source->Read(std::span(piece).first(wanted)));
    if (passed == 0) break;
    count -= passed;
  }
  return {};
}

}  // namespace fsc
