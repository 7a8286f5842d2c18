// Remote inference and the report's example pictures: the parts of network_run.h that need more than the back.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/clock.h"
#include "eval/clip_listing.h"
#include "eval/feature_distortion.h"
#include "eval/feature_values.h"
#include "eval/network_run.h"
#include "models/overlay.h"
#include "models/resize.h"
#include "models/split_model.h"
#include "streams/color_video_codec.h"
#include "streams/picture_file.h"

namespace fsc {
namespace {

// Pictures of one size, in decoding order.
struct Segment {
  int width_px = 0, height_px = 0;
  std::vector<CodedPicture> pictures;  // frame numbers within the segment
};

struct SentVideo {
  std::vector<Segment> segments;  // one, but for stills of different sizes
  std::vector<double> frame_bits;
  uint64_t bytes = 0;
  double encode_s = 0;
};

PictureCodecConfig CodecFor(const EncoderConfig& config, const SuiteClip& clip, const Image& image,
                            TimeBase frame_rate) {
  PictureCodecConfig codec;
  codec.mode = config.mode;
  codec.width_px = image.width_px;
  codec.height_px = image.height_px;
  codec.qp = config.qp;
  codec.preset = config.preset;
  codec.tune = config.tune;
  codec.gop_frames = clip.gop_frames > 0 ? clip.gop_frames : config.gop_frames;
  codec.low_delay = config.low_delay;
  codec.frame_rate = frame_rate;
  codec.options = config.codec_options;
  return codec;
}

Result<SentVideo> Send(const SuiteClip& clip, const EncoderConfig& config, const Limits& limits) {
  FSC_ASSIGN_OR_RETURN(PictureReader pictures, PictureReader::Open(PicturesOf(clip), limits));
  SentVideo sent;
  std::unique_ptr<ColorVideoEncoder> encoder;
  int64_t first_of_segment = 0;
  const auto end_segment = [&]() -> Status {
    if (!encoder) return {};
    const auto start = Clock::now();
    FSC_RETURN_IF_ERROR(encoder->Flush(&sent.segments.back().pictures));
    sent.encode_s += SecondsSince(start);
    for (const CodedPicture& picture : sent.segments.back().pictures) {
      sent.bytes += picture.bytes.size();
      sent.frame_bits.at(size_t(first_of_segment + picture.frame_number)) += 8.0 * double(picture.bytes.size());
    }
    first_of_segment = int64_t(sent.frame_bits.size());
    return {};
  };
  for (;;) {
    FSC_ASSIGN_OR_RETURN(const auto frame, pictures.Next());
    if (!frame) break;
    const Image& image = frame->image;
    if (!encoder || image.width_px != sent.segments.back().width_px ||
        image.height_px != sent.segments.back().height_px) {
      FSC_RETURN_IF_ERROR(end_segment());
      FSC_ASSIGN_OR_RETURN(encoder, CreateColorVideoEncoder(CodecFor(config, clip, image, pictures.info().frame_rate)));
      sent.segments.push_back({image.width_px, image.height_px, {}});
    }
    const auto start = Clock::now();
    FSC_RETURN_IF_ERROR(encoder->Push(image, &sent.segments.back().pictures));
    sent.encode_s += SecondsSince(start);
    sent.frame_bits.push_back(0);
  }
  if (!encoder) return BadInput("clip without frames", clip.path);
  FSC_RETURN_IF_ERROR(end_segment());
  return sent;
}

}  // namespace

Status RunRemote(const SuiteClip& clip, const SuiteModel& model, const EncoderConfig& config,
                 const std::string& reference_folder, const Limits& limits, EvalPoint* point) {
  FSC_ASSIGN_OR_RETURN(const SentVideo sent, Send(clip, config, limits));
  FSC_ASSIGN_OR_RETURN(const auto reference, ReferenceReader::Open(reference_folder, limits));
  const ReferenceInfo& info = reference->info();
  if (int64_t(sent.frame_bits.size()) != info.frames)
    return Internal("the clip changed since the uncompressed run", clip.path);

  FSC_ASSIGN_OR_RETURN(const ModelSpec spec, ReadModelSpec(model.path, limits));
  SplitModel::Options options;
  options.back = false;
  FSC_ASSIGN_OR_RETURN(const auto front, SplitModel::Load(spec, options));
  std::unique_ptr<BackRun> back;
  if (info.has_results) {
    FSC_ASSIGN_OR_RETURN(back, BackRun::Create(clip, model, reference_folder, limits));
  }
  FrameDistortion distortion(info.stream.layers.size());
  double decode_s = 0, front_s = 0;
  int64_t frames = 0;
  const auto take = [&](const DecodedImage& decoded) -> Status {
    auto start = Clock::now();
    FSC_ASSIGN_OR_RETURN(const FrontOutput output, front->RunFront(decoded.image));
    front_s += SecondsSince(start);
    FSC_ASSIGN_OR_RETURN(const auto original, reference->Next(false));
    if (!original) return Internal("more decoded frames than the clip has");
    FSC_RETURN_IF_ERROR(distortion.Add(original->frame, output.frame));
    point->frame_nrmse.push_back(distortion.LastNrmse());
    if (back) FSC_RETURN_IF_ERROR(back->Add(frames, output.frame));
    ++frames;
    return {};
  };

  for (const Segment& segment : sent.segments) {
    PictureDecoderConfig codec;
    codec.mode = config.mode;
    codec.width_px = segment.width_px;
    codec.height_px = segment.height_px;
    FSC_ASSIGN_OR_RETURN(const auto decoder, CreateColorVideoDecoder(codec, limits));
    for (size_t i = 0; i <= segment.pictures.size(); ++i) {
      std::vector<DecodedImage> ready;
      const auto start = Clock::now();
      FSC_RETURN_IF_ERROR(i < segment.pictures.size()
                              ? decoder->Push(segment.pictures[i].bytes, segment.pictures[i].frame_number, &ready)
                              : decoder->Flush(&ready));
      decode_s += SecondsSince(start);
      for (const DecodedImage& decoded : ready) FSC_RETURN_IF_ERROR(take(decoded));
    }
  }
  if (frames != info.frames)
    return Internal(fmt::format("{} frames decoded of {}", frames, info.frames), "remote inference");

  RateSplit split;
  split.residual_bytes = sent.bytes;
  FillRate(split, info, point);
  FillDistortion(distortion.AllLayers(), point);
  FillCoderTimes(sent.encode_s, decode_s, info, point);
  point->values["front_ms"] = 1000 * front_s / double(frames);
  point->frame_bits = sent.frame_bits;
  return back ? back->Finish(point) : Status();
}

namespace {

// At most as wide as a report shows it.
Result<std::vector<uint8_t>> Png(const Image& image) {
  constexpr int kMaxWidthPx = 560;
  if (image.width_px <= kMaxWidthPx) return EncodePng(image);
  return EncodePng(Resized(image, kMaxWidthPx, std::max(1, image.height_px * kMaxWidthPx / image.width_px)));
}

// The channels of the first layer side by side, each stretched to its own range.
Image Tiles(const FeatureFrame& frame) {
  const Tensor& layer = frame.layers[0];
  const int columns =
      std::max(1, int(std::ceil(std::sqrt(double(layer.channels()) * layer.height_cells() / layer.width_cells()))));
  const int rows = (layer.channels() + columns - 1) / columns;
  Image out{columns * (layer.width_cells() + 1), rows * (layer.height_cells() + 1), {}};
  out.bgr.assign(size_t(3) * out.width_px * out.height_px, 0);
  for (int c = 0; c < layer.channels(); ++c) {
    const auto plane = layer.plane(c);
    const auto [low, high] = std::minmax_element(plane.begin(), plane.end());
    const float scale = *high > *low ? 255 / (*high - *low) : 0;
    for (int y = 0; y < layer.height_cells(); ++y) {
      for (int x = 0; x < layer.width_cells(); ++x) {
        const uint8_t grey = uint8_t((plane[size_t(y) * layer.width_cells() + x] - *low) * scale);
        const size_t at = size_t(c / columns * (layer.height_cells() + 1) + y) * out.width_px +
                          size_t(c % columns) * (layer.width_cells() + 1) + x;
        std::fill_n(out.bgr.begin() + ptrdiff_t(3 * at), 3, grey);
      }
    }
  }
  return out;
}

}  // namespace

Result<std::vector<ExamplePicture>> MakeExamples(const SuiteClip& clip, const SuiteModel& model,
                                                 const std::string& reference_folder,
                                                 const std::vector<uint8_t>& stream, const Profile* profile,
                                                 const std::string& name, const Limits& limits) {
  std::vector<ExamplePicture> out;
  FSC_ASSIGN_OR_RETURN(const auto reference, ReferenceReader::Open(reference_folder, limits));
  FSC_ASSIGN_OR_RETURN(const auto original, reference->Next());
  FSC_ASSIGN_OR_RETURN(PictureReader pictures, PictureReader::Open(PicturesOf(clip), limits));
  FSC_ASSIGN_OR_RETURN(const auto picture, pictures.Next());
  if (!original || !picture) return out;
  FSC_ASSIGN_OR_RETURN(const ModelSpec spec, ReadModelSpec(model.path, limits));
  FSC_ASSIGN_OR_RETURN(const InputGeometry geometry,
                       GeometryFor(spec.input, original->source_width_px, original->source_height_px));
  const auto add = [&](const std::string& caption, const Image& image) -> Status {
    FSC_ASSIGN_OR_RETURN(std::vector<uint8_t> png, Png(image));
    out.push_back({caption, std::move(png)});
    return {};
  };
  if (reference->info().has_results) {
    FSC_ASSIGN_OR_RETURN(const Image drawn, DrawOverlay(picture->image, spec.task, original->result, geometry));
    FSC_RETURN_IF_ERROR(add("Frame 0, uncompressed features", drawn));
  }
  FeatureFrame decoded;
  FSC_ASSIGN_OR_RETURN(const DecodeSeconds seconds,
                       DecodeStream(stream, 1, profile, limits, [&](int64_t number, const FeatureFrame& frame) {
                         if (number > 0) return Status();
                         for (const Tensor& layer : frame.layers) decoded.layers.push_back(layer.Clone());
                         return Status();
                       }));
  if (seconds.all < 0 || decoded.layers.empty()) return out;
  if (reference->info().has_results) {
    SplitModel::Options options;
    options.front = false;
    FSC_ASSIGN_OR_RETURN(const auto back, SplitModel::Load(spec, options));
    FSC_ASSIGN_OR_RETURN(const TaskResult result, back->RunBack(decoded, geometry));
    FSC_ASSIGN_OR_RETURN(const Image drawn, DrawOverlay(picture->image, spec.task, result, geometry));
    FSC_RETURN_IF_ERROR(add("Frame 0, features decoded from " + name, drawn));
  }
  FSC_RETURN_IF_ERROR(add("Frame 0, channels of the first layer, uncompressed", Tiles(original->frame)));
  FSC_RETURN_IF_ERROR(add("Frame 0, channels decoded from " + name, Tiles(decoded)));
  return out;
}

}  // namespace fsc
