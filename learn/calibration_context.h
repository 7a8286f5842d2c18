// calibration_context.h: what all steps of a calibration work with: the models, the frames, and how a candidate becomes
// a profile and is judged.
#ifndef FSC_LEARN_CALIBRATION_CONTEXT_H_
#define FSC_LEARN_CALIBRATION_CONTEXT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codec/profile/profile.h"
#include "learn/calibration_options.h"
#include "learn/calibration_set.h"
#include "learn/profile_judge.h"
#include "models/split_model.h"

namespace fsc {

// A profile with weights as every decoder will have them.
struct SealedProfile {
  std::vector<uint8_t> file;  // as it is written
  Profile profile;            // as it is read
};

struct CalibrationContext {
  // Loads the models, runs the front on the clips, and the backs on the frames that are held back. `options` and
  // `progress` are borrowed. kUsage for a mode, preset or QP that no encoder takes.
  static Result<CalibrationContext> Create(const CalibrationOptions& options, const CalibrationProgress& progress);

  const ModelSpec& spec() const { return specs[0]; }  // what all models share

  void Say(const std::string& stage, int64_t done, int64_t total, const std::string& remark = {}) const {
    if (*progress) (*progress)(stage, done, total, remark);
  }

  // The part of all layers; its weights are stored with `bits`.
  ReducedPart PartOf(ConvNet reducer, ConvNet restorer, int bits) const;

  // Writes and reads a profile of these parts.
  Result<SealedProfile> Seal(std::vector<ReducedPart> parts, std::vector<DropPoint> drop_curve = {},
                             std::vector<PartFit> fit = {}) const;

  // Frames that are held back, coded at `candidate_qps`.
  Result<std::vector<JudgedPoint>> JudgeCandidate(const std::vector<ReducedPart>& parts) const;

  const CalibrationOptions* options = nullptr;
  const CalibrationProgress* progress = nullptr;
  std::vector<ModelSpec> specs;  // one or more; the front is the first one's
  std::vector<std::unique_ptr<SplitModel>> models;
  std::vector<ReductionSource> sources;
  EncoderConfig coder;               // mode and first preset
  std::vector<std::string> presets;  // of the drop curve, one or more
  std::vector<int> qps;              // of the drop curve
  std::vector<int> candidate_qps;    // that candidates are compared at, and restorers refined: fine, middle, coarse
  CalibrationSet set;
  std::vector<std::string> judged;    // ids of the models with a task: the order of JudgedPoint::backs
  std::optional<ProfileJudge> judge;  // null where no model has a task
};

}  // namespace fsc

#endif  // FSC_LEARN_CALIBRATION_CONTEXT_H_
