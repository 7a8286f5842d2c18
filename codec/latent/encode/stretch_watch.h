// stretch_watch.h: divides a stream into stretches of frames that one fit (stream_fit.h) suits. A stretch ends at a
// cut, where the values become several times larger or smaller, where they leave the range of the planes, and where
// they go into directions that the planes do not span. Small changes of scale are followed by the qp instead. Encoder
// only.
#ifndef FSC_CODEC_LATENT_ENCODE_STRETCH_WATCH_H_
#define FSC_CODEC_LATENT_ENCODE_STRETCH_WATCH_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "codec/latent/encode/frame_scan.h"
#include "codec/latent/encode/stream_fit.h"

namespace fsc {

class StretchWatch {
 public:
  // A frame in display order, of which it is not known yet whether it goes on with the stretch. `base_qp`: of the
  // stream at this moment.
  struct Next {
    const FrameScan* scan = nullptr;
    std::span<const Tensor> probes;                    // ProbesOf() the frame
    std::span<const Tensor> layers;                    // the frame
    const std::vector<LayerPlanes>* planes = nullptr;  // null while frames are collected for a fit
    int base_qp = 32;
    bool starts_group = false;  // of pictures, if it goes on
    bool lossless = false;
  };
  // True where `next` begins another stretch. To be called once for each frame.
  bool Ends(const Next& next, const StreamFit& fit);

  // The stretch begins: with the next frame.
  void Begin();
  // Its fit was made from these frames, 1 or more, for this base qp. `still`: they are several, and show the same.
  void Fitted(std::span<const FrameScan* const> scans, int base_qp, bool still);

  // A stretch has begun, but the fit stays: another would not have paid. It is not asked for again for a while, unless
  // there is a cut or values leave the planes. `base_qp`: for which it was asked for.
  void Kept(int base_qp);

  // What Ends() was asked about last begins a group of pictures of the same scene: only the stream's qp is another one.
  bool goes_on() const { return goes_on_; }
  // How many frames up to the one that Ends() was asked about last look exactly like the one before them.
  int64_t repeats() const { return repeats_; }
  // Of the frame that Ends() was asked about last: what its qp has to differ by.
  int qp_offset() const { return qp_offset_; }
  // The fit of the stretch that begins should leave no direction out: the last one did not serve for long.
  bool wants_every_row() const { return wants_every_row_; }

  // How many frames the stretch that begins is likely to have, as far as the last one tells.
  double likely_frames() const;

  // For the frames that were collected before the fit: their offsets, in display order.
  int OffsetOfFitted(const FrameScan& scan, int base_qp) { return OffsetOf(scan, false, base_qp); }
  // Whether a frame that asks for `qp`, its offset included, asks for more than planes of the present fit can give.
  static bool IsTooFine(int qp, const FrameScan& scan);

 private:
  int OffsetOf(const FrameScan& scan, bool starts_group, int base_qp);
  bool EndsFitted(const Next& next, const StreamFit& fit);
  bool EndsCollected(const Next& next);
  // After a fit that did not pay: whether the present one has become much less fit since.
  bool IsWorse(const Next& next, const StreamFit& fit);
  // Scales may end a stretch, but not one short stretch after the other: values may flicker. Those of a fade go on in
  // one direction, and have to be followed where the qp cannot.
  bool MayEndByScale() const;

  CutDetector cuts_;
  ScaleTracker tracker_;
  std::optional<FrameScan> first_;  // of a stretch that has no fit yet
  int64_t frames_ = 0;              // of the stretch
  bool ends_by_scale_ = false;      // what EndsFitted() or EndsCollected() said, it said for the scale's sake
  bool flickers_ = false;           // the last stretch was short, and its scale ended it
  bool went_up_ = false;            // .. as it grew
  bool goes_up_ = false;            // so does that of the frame that was asked about last
  bool qp_follows_ = true;          // .. which a qp can make up for
  int qp_offset_ = 0;
  int fitted_qp_ = 0;
  int asked_qp_ = 0;  // the base qp for which a fit was asked for last
  bool goes_on_ = false;
  int64_t repeats_ = 0;
  bool wants_every_row_ = false;
  int64_t clipped_ = 0;       // values that left the planes since the fit was made
  int64_t kept_clipped_ = 0;  // .. at which the fit was kept all the same
  int asked_offset_ = 0;      // of the frame at which the last stretch ended
  int kept_offset_ = 0;       // .. whose fit was kept
  double lost_ = 0;           // LostShare() of the last frame that was asked about
  double kept_lost_ = 0;      // .. at which the fit was kept
  int64_t quiet_frames_ = 0;  // to come, in which little ends the stretch: Kept()
  int64_t next_quiet_ = 0;    // .. after the next fit that does not pay
  int64_t last_stretch_ = 0;  // frames
  bool brief_ = false;        // the last stretch was so short that what ended it may still be going on
  bool of_still_ = false;     // the fit was made of a picture that stands still
  bool provisional_ = false;  // .. and the fit of this one was made on a single frame of that
};

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_ENCODE_STRETCH_WATCH_H_
