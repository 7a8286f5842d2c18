// packet_forecast.h: what the next packet of a stream will probably say of itself, so that it need not say it
// (docs/bitstream.md, "What is expected"). Reader and writer keep one each and tell it of every packet.
#ifndef FSC_STREAMS_PACKET_FORECAST_H_
#define FSC_STREAMS_PACKET_FORECAST_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fsc/packet.h"

namespace fsc {

// The sections of a packet without their sizes, as its mode has them where nothing is out of the ordinary; `layers` as
// the mode sees them.
std::vector<Section> UsualSections(std::string_view mode, size_t layers, FrameType type, bool random_access,
                                   bool configures);

class PacketForecast {
 public:
  // Nothing is known of packets yet.
  explicit PacketForecast(const StreamHeader& header);

  int64_t frame_number() const;
  // Of that frame; nullopt where it is beyond what the format holds.
  std::optional<int64_t> Ticks(int64_t frame_number) const;
  // `alone`: of a packet that does not go by those before it.
  std::vector<Section> Sections(FrameType type, bool random_access, bool configures, bool alone) const;

  // The packet that comes next. Of its sections, kinds and layers count.
  void Note(const Packet& packet);
  // Its time alone.
  void NoteTime(int64_t frame_number, int64_t timestamp_ticks);

 private:
  void NoteNumber(int64_t frame_number);
  __int128 NominalTicks(int64_t frame_number) const;

  std::string mode_;
  size_t header_layers_;
  size_t layers_;  // that residual sections belong to
  // Of a time: nominal ticks = frame number x numerator / denominator.
  __int128 ticks_numerator_;
  __int128 ticks_denominator_;
  __int128 ticks_offset_ = 0;  // of the packet before, to its nominal ticks

  // Frame numbers since the last random-access packet: all below `missing_` came, and those of `ahead_`, rising.
  int64_t missing_ = 0;
  std::vector<int64_t> ahead_;
  int64_t step_ = 1;  // by which the last packet went beyond all before it
};

}  // namespace fsc

#endif  // FSC_STREAMS_PACKET_FORECAST_H_
