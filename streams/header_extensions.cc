#include "streams/header_extensions.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "streams/small_int.h"

namespace fsc {
namespace {

constexpr uint64_t kFrameRateTag = 2;
constexpr uint64_t kPictureTag = 4;
constexpr uint64_t kModelHashTag = 6;

constexpr uint8_t kPictureHasChroma = 1;
constexpr uint8_t kPictureIsMpeg = 2;

constexpr char kDamagedHeader[] = "the data is damaged: transfer or encode it again";

Status ParseFrameRate(std::span<const uint8_t> field, TimeBase* frame_rate, const std::string& where) {
  if (frame_rate->num != 0) return BadInput("two frame rates in the stream header", where, kDamagedHeader);
  ByteReader in(field);
  frame_rate->num = SmallInt(in);
  frame_rate->den = SmallInt(in);
  FSC_RETURN_IF_ERROR(in.Check("the frame rate", where));
  if (in.left() == 0 && frame_rate->num > 0 && frame_rate->den > 0) return {};
  return BadInput("the stream's frame rate is not a positive fraction", where, kDamagedHeader);
}

std::vector<uint8_t> FrameRateField(const TimeBase& frame_rate) {
  ByteWriter out;
  out.Leb128(uint64_t(frame_rate.num));
  out.Leb128(uint64_t(frame_rate.den));
  return out.Take();
}

std::vector<uint8_t> PictureField(const PackedPicture& picture) {
  ByteWriter out;
  out.Leb128(uint64_t(picture.width_px));
  out.Leb128(uint64_t(picture.height_px));
  out.U8(uint8_t(picture.bits));
  const bool mpeg = picture.packing == PackedPicture::Packing::kMpeg;
  out.U8(uint8_t((picture.chroma ? kPictureHasChroma : 0) | (mpeg ? kPictureIsMpeg : 0)));
  out.Leb128(uint64_t(picture.fill));
  return out.Take();
}

Status ParsePicture(std::span<const uint8_t> field, std::optional<PackedPicture>* picture, const std::string& where) {
  if (*picture) return BadInput("two pictures in the stream header", where, kDamagedHeader);
  ByteReader in(field);
  PackedPicture& read = picture->emplace();
  read.width_px = SmallInt(in);
  read.height_px = SmallInt(in);
  read.bits = in.U8();
  const uint8_t flags = in.U8();
  read.chroma = (flags & kPictureHasChroma) != 0;
  read.packing = (flags & kPictureIsMpeg) != 0 ? PackedPicture::Packing::kMpeg : PackedPicture::Packing::kGrid;
  read.fill = SmallInt(in);
  FSC_RETURN_IF_ERROR(in.Check("the picture that the layers came from", where));
  if (in.left() == 0 && (flags & ~(kPictureHasChroma | kPictureIsMpeg)) == 0) return {};
  return BadInput("the description of the layers' picture is malformed", where, kDamagedHeader);
}

Status ParseModelHash(std::span<const uint8_t> field, Sha256* hash, const std::string& where) {
  if (*hash != Sha256{}) return BadInput("two networks in the stream header", where, kDamagedHeader);
  if (field.size() != hash->size()) return BadInput("the network's hash is malformed", where, kDamagedHeader);
  std::ranges::copy(field, hash->begin());
  return {};
}

void WriteField(uint64_t tag, const std::vector<uint8_t>& field, ByteWriter* out) {
  out->Leb128(tag);
  out->Leb128(field.size());
  out->Bytes(field);
}

}  // namespace

void WriteHeaderExtensions(const StreamHeader& header, ByteWriter* out) {
  if (header.frame_rate.num > 0) WriteField(kFrameRateTag, FrameRateField(header.frame_rate), out);
  if (header.picture) WriteField(kPictureTag, PictureField(*header.picture), out);
  if (header.model_sha256 != Sha256{})
    WriteField(kModelHashTag, {header.model_sha256.begin(), header.model_sha256.end()}, out);
}

Status ReadHeaderExtensions(ByteReader* in, StreamHeader* header, const std::string& where) {
  while (!in->broken() && in->left() > 0) {
    const uint64_t tag = in->Leb128();
    const auto field = in->Bytes(in->Leb128());
    if (in->broken()) break;
    if (tag == kFrameRateTag) FSC_RETURN_IF_ERROR(ParseFrameRate(field, &header->frame_rate, where));
    if (tag == kPictureTag) FSC_RETURN_IF_ERROR(ParsePicture(field, &header->picture, where));
    if (tag == kModelHashTag) FSC_RETURN_IF_ERROR(ParseModelHash(field, &header->model_sha256, where));
    if (tag % 2 == 1) return BadInput("unknown header field " + std::to_string(tag), where, kPerhapsNewer);
  }
  return {};
}

Status CheckPackedPicture(const PackedPicture& picture, const Limits& limits, const std::string& where) {
  const bool sized = picture.width_px >= 1 && picture.height_px >= 1 &&
                     picture.width_px <= limits.max_picture_size_px && picture.height_px <= limits.max_picture_size_px;
  if (sized && picture.bits >= 8 && picture.bits <= 16 && picture.fill >= 0 && picture.fill >> picture.bits == 0) {
    return {};
  }
  return BadInput("the layers' picture is outside the limits", where, kDamagedHeader);
}

}  // namespace fsc
