// latent_motion_study.h: how well the previous latent, moved like the picture, predicts the next: the measurements of
// Ulhaq and Bajic, "Analysis of Latent-Space Motion for Collaborative Intelligence" (ICASSP 2021), on any network of
// ours, with log10 and the right phase.
//
// Known motions: a crop of a wide still, and the crop that the same still gives after a translation, rotation, zoom,
// shear or all of them about the crop's centre (bicubic resampling), so that real new content enters. The latent of the
// first crop is moved by the same motion (latent_warp.h) and compared with the latent of the second: NRMSE over the
// valid elements. Real video: dense DIS flow (OpenCV) on luma between consecutive frames instead of the known motion;
// residual energies per element.
#ifndef FSC_EVAL_LATENT_MOTION_STUDY_H_
#define FSC_EVAL_LATENT_MOTION_STUDY_H_

#include <string>
#include <vector>

#include "fsc/limits.h"
#include "fsc/status.h"
#include "fsc/warning.h"

namespace fsc {

struct MotionStudy {
  std::string path, name, model_path;
  std::vector<std::string> stills;  // wide pictures
  int crop_px = 448;
  struct Video {
    std::string name, path;
    int64_t first_frame = 0, end_frame = 0;
  };
  std::vector<Video> videos;
  int random_affines = 64;  // per still: t +-32 px, scale .95..1.05, shear +-5 deg, rotation +-10 deg, uniform
};

// True when the file is a JSON object with the key "study".
bool IsMotionStudy(const std::string& path);
Result<MotionStudy> ReadMotionStudy(const std::string& path, const Limits& limits);

struct MotionSample {
  std::string kind;   // "translation", "rotation", "zoom", "shear", "random"
  double amount = 0;  // px, degrees, factor, degrees, draw number
  double nrmse = 0;   // mean over the stills; R = max - min of the actual latent, N = valid elements
  double interior_nrmse =
      -1;  // translations by whole cells: only cells whose receptive fields saw nothing but common content
};

struct VideoSample {
  std::string video;
  int64_t frames = 0;
  double variance = 0;     // of the latents about their mean
  double zero_motion = 0;  // mean squared residual against the previous latent as it is
  double compensated = 0;  // against the previous latent, moved
};

struct MotionStudyResult {
  std::vector<MotionSample> samples;
  std::vector<VideoSample> videos;
  Warnings warnings;  // of the videos
};

// Runs the network's front, one thread.
Result<MotionStudyResult> RunMotionStudy(const MotionStudy& study, const Limits& limits);
// study.csv, study.md and report.html in `folder`.
Status WriteMotionStudy(const MotionStudy& study, const MotionStudyResult& result, const std::string& folder);

}  // namespace fsc

#endif  // FSC_EVAL_LATENT_MOTION_STUDY_H_
