#include "codec/latent/encode/frame_stage.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "codec/qp.h"
#include "streams/packet_envelope.h"

namespace fsc {
namespace {

constexpr double kLargestConfigShare = 0.6;  // of what a packet may have
constexpr int kTriesBack = 3;                // of a frame that was made coarser until it fitted
// By which the qp may fall under a bitrate until directions count that the fit left out: the first guess misses by as
// much, and a new stretch in the middle of a group is worth more than some rows.
constexpr int kRateQpMargin = 4;

// In a file.
double BitsSent(const Packet& packet, size_t layers) {
  return 8 * double(UsualBytes(packet, "latent", layers));
}

}  // namespace

FrameStage::FrameStage(const EncoderConfig& config, const LatentEffort& effort, std::span<const LayerSpec> layers,
                       const MotionSource* motion, double frames_per_second, RateControllerMaker make_rate,
                       ThreadPool* pool)
    : config_(config),
      effort_(effort),
      frames_per_second_(frames_per_second),
      layers_(layers),
      motion_(motion),
      pool_(pool),
      trust_(effort.weigh_motion, effort.gop.span_frames == 0),
      make_rate_(std::move(make_rate)),
      base_qp_(config.qp) {
  if (config.latent.bitrate_kbps <= 0) return;
  SetBitrate(config.latent.bitrate_kbps);
  base_qp_ = rate_->KeyFrameQp();
}

void FrameStage::SetQp(int qp) {
  rate_.reset();
  config_.qp = qp;
  base_qp_ = qp;
}

void FrameStage::SetBitrate(double bitrate_kbps) {
  const double bits_per_frame = 1000 * bitrate_kbps / frames_per_second_;
  if (rate_ != nullptr) {
    rate_->SetBitsPerFrame(bits_per_frame);
    return;
  }
  RateOptions rate;
  rate.bits_per_frame = bits_per_frame;
  rate.window_frames = std::max(1, int(std::lround(std::min(2 * frames_per_second_, 1e6))));
  rate.elements = double(TotalElements(layers_));
  rate.cap_bits = 8 * double(config_.latent.max_frame_bytes);
  rate.buffer_frames = config_.latent.buffer_seconds * frames_per_second_;
  rate.gop = effort_.gop;
  rate_ = make_rate_(rate);
}

void FrameStage::Begin(const StreamFit* fit, Beginning beginning) {
  fit_ = fit;
  state_ = LatentState(fit_->config(), layers_);
  outputs_ = OutputControl(fit_->config(), effort_.quantizer.lambda);
  const double bits = 8 * double(fit_->bytes().size());
  if (beginning != Beginning::kOfStream) configuration_ = fit_->bytes();
  TellRate(bits, beginning);
}

void FrameStage::GoOn(bool tells, Beginning beginning) {
  if (tells) configuration_ = fit_->bytes();
  TellRate(8 * double(configuration_.size()), beginning);
}

void FrameStage::TellRate(double configuration_bits, Beginning beginning) {
  if (rate_ == nullptr) return;
  if (beginning == Beginning::kOfScene) {
    rate_->KeyFrameNow(configuration_bits);
  } else {
    rate_->SpendAhead(configuration_bits);
  }
}

int FrameStage::BeginningQp(Beginning beginning) const {
  return rate_ != nullptr && beginning == Beginning::kOfScene ? rate_->KeyFrameQp() : base_qp_;
}

int FrameStage::StillQp(Beginning beginning) const {
  return std::min(rate_->FirstStillQp(), BeginningQp(beginning));
}

int FrameStage::FinestQp(Beginning beginning) const {
  return rate_ != nullptr ? std::max(0, BeginningQp(beginning) - kRateQpMargin) : base_qp_;
}

double FrameStage::MostConfigurationBytes() const {
  double most = std::numeric_limits<double>::infinity();
  const auto cap = double(config_.latent.max_frame_bytes);
  if (cap > 0) most = std::min(most, kLargestConfigShare * cap);
  if (rate_ != nullptr) most = std::min(most, kLargestConfigShare * rate_->held_bits() / 8);
  return most;
}

LatentFrameHeader FrameStage::HeaderOf(const PlannedFrame& plan, const SourceFrame& source, int qp) const {
  LatentFrameHeader header;
  header.escapes = source.escapes;
  header.frame_class = plan.frame_class;
  header.qp = std::clamp(qp, 0, kMaxQp);
  header.recentre = recentre_[int(plan.frame_class)];
  header.is_reference = plan.is_reference;
  for (const int64_t reference : plan.references) header.references.push_back(int(reference - plan.frame_number));
  for (const int64_t dropped : plan.dropped) header.dropped.push_back(int(dropped - plan.frame_number));
  return header;
}

Status FrameStage::Code(const PlannedFrame& planned, SourceFrame* frame_source, int frames_to_come,
                        std::vector<Packet>* out) {
  SourceFrame& source = *frame_source;
  PlannedFrame plan = planned;
  plan.repeats = !plan.references.empty() && std::ranges::all_of(plan.references, [&](int64_t reference) {
    return reference >= source.same_since && reference < plan.frame_number;
  });
  const bool intra = plan.frame_class == FrameClass::kIntra;
  if (intra) {
    stored_.clear();
    outputs_.BeginGroup();
    coded_in_gop_ = 0;
  }
  std::vector<const LatentPicture*> references;
  for (const int64_t reference : plan.references) references.push_back(stored_.at(reference).get());
  const auto qp_now = [&] {
    // The finest qps promise as much as planes can hold, of every frame.
    const int offset = std::min(plan.qp_offset, config_.qp / 2);
    return (rate_ != nullptr ? rate_->QpFor(plan) : config_.qp + offset) + source.qp_offset;
  };
  LatentFrameHeader header = HeaderOf(plan, source, qp_now());
  const bool weighs_motion = trust_.Weighs(plan.frame_class);
  std::vector<MotionField> fields(references.size(), MotionField(fit_->config().motion));
  if (weighs_motion || trust_.trusted()) {
    FSC_ASSIGN_OR_RETURN(
        fields, motion_->Search(header, fit_->config().motion, source.luma.get(), source.planes, references, pool_));
  }
  FrameInput input{layers_, &fit_->config(), &source.planes, references, fields, &state_};
  input.weighs_motion = weighs_motion;
  input.weights = source.weights;

  Packet packet;
  packet.type = intra                                        ? FrameType::kIntra
                : plan.frame_class == FrameClass::kPredicted ? FrameType::kInter
                                                             : FrameType::kBidirectional;
  packet.random_access = intra;
  packet.frame_number = plan.frame_number;
  packet.timestamp_ticks = source.frame.timestamp_ticks;
  EncodedFrame frame;
  const auto code = [&] {
    frame = EncodeFrame(input, header, effort_, pool_);
    FillPacket(frame, frame.header, &packet);
  };
  code();
  if (rate_ != nullptr) {
    // The rate control knows of frames as if their values were all of one size.
    while (rate_->Learn(plan, std::clamp(header.qp - source.qp_offset, 0, kMaxQp), BitsSent(packet, layers_.size()))) {
      header = HeaderOf(plan, source, qp_now());
      code();
    }
    base_qp_ = std::clamp(header.qp - source.qp_offset - plan.qp_offset, 0, kMaxQp);
    input.starved = rate_->Starves(plan);
    if (input.starved) code();
  }
  const double most_bytes = MostBytes(plan, packet);
  Coarsen(plan, source, most_bytes, &input, &frame, &packet);
  // What has to travel with the frame counts as well.
  const double cap = double(config_.latent.max_frame_bytes) - double(configuration_.size());
  if (config_.latent.max_frame_bytes > 0 && double(packet.payload.size()) > cap) {
    return Usage("a frame does not fit into " + std::to_string(config_.latent.max_frame_bytes) + " bytes",
                 "frame " + std::to_string(plan.frame_number),
                 "give a larger latent.max_frame_bytes; the smallest frame takes " +
                     std::to_string(packet.payload.size() + configuration_.size()));
  }
  if (weighs_motion && !intra && !input.starved) trust_.Learn(frame.moved);
  UpdateOutputs(source, frame, most_bytes, frames_to_come, &packet);
  if (input.starved) {
    quality_.Starved(plan.frame_number);
  } else if (!config_.latent.lossless) {
    quality_.Coded(plan.frame_number, *fit_, frame.header.qp, outputs_.Errors(OutputInputOf(source, frame)));
  }
  if (rate_ != nullptr) {
    const int qp = std::clamp(frame.header.qp - source.qp_offset, 0, kMaxQp);
    rate_->Spend(plan, qp, BitsSent(packet, layers_.size()), input.starved);
  }
  if (!configuration_.empty()) {
    AddConfiguration(configuration_, &packet);
    configuration_.clear();
  }
  LearnRecentring(frame);
  state_ = std::move(frame.state);
  out->push_back(std::move(packet));

  for (const int64_t dropped : plan.dropped) stored_.erase(dropped);
  if (plan.is_reference) {
    frame.picture->frame_number = plan.frame_number;
    frame.picture->luma = std::move(source.luma);
    stored_[plan.frame_number] = std::move(frame.picture);
  }
  ++coded_in_gop_;
  return {};
}

void FrameStage::Coarsen(const PlannedFrame& plan, const SourceFrame& source, double most_bytes, FrameInput* input,
                         EncodedFrame* frame, Packet* packet) {
  int least_step = 1;
  const bool intra = plan.frame_class == FrameClass::kIntra;
  const auto cap = double(config_.latent.max_frame_bytes);
  const auto code = [&](int qp) {
    *frame = EncodeFrame(*input, HeaderOf(plan, source, qp), effort_, pool_);
    FillPacket(*frame, frame->header, packet);
  };
  const auto fits = [&] { return double(packet->payload.size()) <= most_bytes; };
  int too_fine = kMaxQp;
  while (!fits() && !input->starved) {
    // An intra frame has nothing to repeat: only a cap makes it empty.
    const bool capped = cap > 0 && double(packet->payload.size() + configuration_.size()) > cap;
    if (intra && frame->header.qp == kMaxQp && !capped) break;
    // Bits fall by about a fifth per qp; every try goes twice as far as the last, so there are few. Past the last qp,
    // the frame repeats its references.
    const double octaves = std::log2(double(packet->payload.size()) / std::max(most_bytes, 1.0));
    const int step = std::max(least_step, int(std::ceil(octaves / 0.3)));
    least_step *= 2;
    too_fine = frame->header.qp;
    input->starved = too_fine == kMaxQp || config_.latent.lossless;
    code(too_fine + step);
  }
  if (input->starved) return;
  // That went too far by up to the last step.
  int coarsest = frame->header.qp;
  for (int tries = 0; tries < kTriesBack && coarsest - too_fine > 1; ++tries) {
    EncodedFrame kept = std::move(*frame);
    Packet kept_packet = *packet;
    const int between = (too_fine + coarsest) / 2;
    code(between);
    if (fits()) {
      coarsest = between;
    } else {
      too_fine = between;
      *frame = std::move(kept);
      *packet = std::move(kept_packet);
    }
  }
}

double FrameStage::MostBytes(const PlannedFrame& plan, const Packet& packet) const {
  double most = std::numeric_limits<double>::infinity();
  if (config_.latent.max_frame_bytes > 0) most = double(config_.latent.max_frame_bytes) - double(configuration_.size());
  if (rate_ == nullptr) return most;
  const double container = BitsSent(packet, layers_.size()) / 8 - double(packet.payload.size());
  return std::min(most, rate_->MostBits(plan) / 8 - container);
}

void FrameStage::LearnRecentring(const EncodedFrame& frame) {
  const int frame_class = int(frame.header.frame_class);
  for (int i = 0; i < 2; ++i) {
    if (frame.statistics.count[i] < 200) continue;
    recentre_[frame_class][i] =
        int8_t(std::clamp(std::lround(64 * frame.statistics.excess[i] / double(frame.statistics.count[i])),
                          -long{kMaxRecentre}, long{kMaxRecentre}));
  }
}

OutputInput FrameStage::OutputInputOf(const SourceFrame& source, const EncodedFrame& frame) const {
  OutputInput input;
  input.fit = fit_;
  input.decoded = &frame.picture->layers;
  input.scan = &source.scan;
  input.probes = &source.probes;
  input.qp = frame.header.qp;
  return input;
}

void FrameStage::UpdateOutputs(const SourceFrame& source, const EncodedFrame& frame, double most_bytes,
                               int frames_to_come, Packet* packet) {
  if (config_.latent.lossless) return;
  OutputInput input = OutputInputOf(source, frame);
  if (source.fits_outputs) input.originals = &source.frame.layers;
  input.frames = std::min(frames_to_come, effort_.gop.gop_frames - coded_in_gop_);
  LatentFrameHeader header = frame.header;
  header.outputs = outputs_.Choose(input, pool_);
  for (const bool least : {false, true}) {
    if (header.outputs.empty()) break;
    Packet with_outputs = *packet;
    FillPacket(frame, header, &with_outputs);
    if (double(with_outputs.payload.size()) <= most_bytes) {
      *packet = std::move(with_outputs);
      outputs_.Sent(header.outputs);
      break;
    }
    if (!least) header.outputs = outputs_.Least(header.outputs, input);
  }
}

}  // namespace fsc
