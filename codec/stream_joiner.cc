#include "fsc/stream_joiner.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "codec/mode_registry.h"
#include "streams/container_reader.h"
#include "streams/container_writer.h"

namespace fsc {
namespace {

// What must agree for packets of one stream to follow those of another. Empty when they can.
std::string Difference(const StreamHeader& a, const StreamHeader& b) {
  if (a.mode != b.mode) return "mode " + b.mode + " after " + a.mode;
  if (a.layers != b.layers) return "other layers";
  if (a.time_base != b.time_base) return "another time base";
  if (a.frame_rate != b.frame_rate) return "another frame rate";
  if (a.model_id != b.model_id || a.model_sha256 != b.model_sha256) return "another network";
  if (a.input_width_px != b.input_width_px || a.input_height_px != b.input_height_px) return "another input size";
  if (a.source_width_px != b.source_width_px || a.source_height_px != b.source_height_px) return "another source size";
  if (a.picture != b.picture) return "layers of another picture";
  if (a.profile != b.profile) return "another profile";
  return {};
}

// `ticks`, of a stream whose stamp `from` becomes `to`.
Result<int64_t> Moved(int64_t ticks, int64_t from, int64_t to, const std::string& name) {
  int64_t moved = 0;
  if (__builtin_add_overflow(ticks - from, to, &moved) || moved < -kMaxTicks || moved > kMaxTicks) {
    return BadInput("time stamps go beyond 2^62 ticks", name, "join fewer streams");
  }
  return moved;
}

}  // namespace

struct __attribute__((visibility("hidden"))) StreamJoiner::State {
  Status Append(ByteSource* source, int64_t most_frames);
  Status Copy(ContainerReader* reader, const std::string& name, int64_t most_frames);
  // The first packet of a stream: it brings the configuration where another is in force, and only there.
  Status Configure(const ContainerReader& reader, const std::string& name, Packet* packet);

  ByteSink* sink_ = nullptr;
  StreamHeader header_;
  std::unique_ptr<ContainerWriter> writer_;
  std::vector<uint8_t> mode_config_;  // in force after the last packet written
  int64_t next_frame_ = 0;
  int64_t next_ticks_ = 0;
  bool failed_ = false;  // in the middle of a stream: nothing can follow what was written of it
};

StreamJoiner::StreamJoiner(ByteSink* sink) : state_(std::make_unique<State>()) {
  state_->sink_ = sink;
}
StreamJoiner::~StreamJoiner() = default;

Status StreamJoiner::Append(ByteSource* source) {
  return state_->Append(source, std::numeric_limits<int64_t>::max());
}

Status StreamJoiner::AppendFirst(ByteSource* source, int64_t frames) {
  if (frames < 1) return Usage(std::to_string(frames) + " frames of a stream", "joiner", "take 1 or more");
  return state_->Append(source, frames);
}

int64_t StreamJoiner::frames() const {
  return state_->next_frame_;
}

Status StreamJoiner::State::Append(ByteSource* source, int64_t most_frames) {
  if (sink_ == nullptr || source == nullptr) return Usage("no stream to join", "joiner", "give a sink and a source");
  if (failed_) return Usage("the joined stream is closed", sink_->name(), "begin a new one");
  FSC_ASSIGN_OR_RETURN(const auto reader, ContainerReader::Open(source, Limits{}));
  if (writer_ == nullptr) {
    header_ = reader->header();
    mode_config_ = header_.mode_config;
    FSC_ASSIGN_OR_RETURN(writer_, ContainerWriter::Create(sink_, header_));
  } else if (const std::string difference = Difference(header_, reader->header()); !difference.empty()) {
    return Usage("cannot join: " + difference, source->name(), "join streams that were coded with the same settings");
  }
  return Copy(reader.get(), source->name(), most_frames);
}

Status StreamJoiner::State::Configure(const ContainerReader& reader, const std::string& name, Packet* packet) {
  // The reader is past the packet: what the packet brings itself is in force there.
  if (reader.mode_config() == mode_config_) {
    RemoveConfiguration(packet);
    return {};
  }
  if (!mode_config_.empty() && !MayReconfigure(header_.mode)) {
    return Usage("cannot join: other settings of the mode", name,
                 "join streams that were coded with the same settings");
  }
  if (!packet->configures()) AddConfiguration(reader.mode_config(), packet);
  return {};
}

Status StreamJoiner::State::Copy(ContainerReader* reader, const std::string& name, int64_t most_frames) {
  const int64_t first_frame = next_frame_;
  std::optional<int64_t> first_ticks;  // of this stream, at its first packet: an intra frame, so the earliest
  const int64_t start_ticks = next_ticks_;
  int64_t last_ticks = 0;
  int64_t frames = 0;
  std::vector<uint8_t> config;  // in force after the last packet that is taken
  bool left_out = false;
  for (;;) {
    FSC_ASSIGN_OR_RETURN(auto packet, reader->Next());
    if (!packet) break;
    if (!first_ticks) {
      if (!packet->random_access) return BadInput("the stream does not begin with a random-access frame", name);
      first_ticks = packet->timestamp_ticks;
      last_ticks = *first_ticks;
      FSC_RETURN_IF_ERROR(Configure(*reader, name, &*packet));
    }
    if (packet->frame_number >= most_frames) {
      left_out = true;
      continue;
    }
    if (left_out) {
      return Usage("frame " + std::to_string(packet->frame_number) + " is coded after frames that are left out", name,
                   "take whole groups of frames, or a stream whose frames are coded in order");
    }
    last_ticks = std::max(last_ticks, packet->timestamp_ticks);
    if (frames++ == 0 || packet->configures()) config = reader->mode_config();
    if (first_frame > 0) {
      packet->frame_number += first_frame;
      FSC_ASSIGN_OR_RETURN(packet->timestamp_ticks, Moved(packet->timestamp_ticks, *first_ticks, start_ticks, name));
    }
    next_frame_ = std::max(next_frame_, packet->frame_number + 1);
    failed_ = true;  // unless the whole stream comes
    FSC_RETURN_IF_ERROR(writer_->Write(*packet));
  }
  if (frames == 0) return BadInput("the stream has no frame", name);
  mode_config_ = std::move(config);
  // The next stream begins one frame after the last frame, by the frame rate; by the mean where the stream has none.
  const StreamHeader& header = reader->header();
  const double mean_ticks = frames > 1 ? double(last_ticks - *first_ticks) / double(frames - 1) : 1;
  const double frame_ticks = header.frame_rate.num > 0 ? double(header.frame_rate.den) * header.time_base.den /
                                                             (double(header.frame_rate.num) * header.time_base.num)
                                                       : mean_ticks;
  const int64_t duration_ticks = int64_t(std::llround(std::clamp(frame_ticks, 1.0, 1e15)));
  if (first_frame > 0) {
    FSC_ASSIGN_OR_RETURN(last_ticks, Moved(last_ticks, *first_ticks, start_ticks, name));
  }
  next_ticks_ = last_ticks + duration_ticks;
  failed_ = false;
  return {};
}

Status StreamJoiner::Finish() {
  if (state_->sink_ == nullptr) return Usage("no sink to write to", "joiner");
  if (state_->writer_ == nullptr) return Usage("nothing was appended", state_->sink_->name());
  return state_->writer_->Finish();
}

}  // namespace fsc
