// network_run.h in builds without LibTorch or FFmpeg.
#include "eval/latent_motion_study.h"
#include "eval/network_run.h"

namespace fsc {
namespace {

Error Missing() {
  return Usage("this build cannot run networks", "fsc eval",
               "build with LibTorch and FFmpeg, or evaluate tensors without a model");
}

}  // namespace

Result<std::vector<std::string>> ModelFiles(const SuiteModel&, const Limits&) {
  return Missing();
}
Status CheckNetworkClip(const SuiteClip&, const SuiteModel&, const Limits&) {
  return Missing();
}
Status MakeNetworkReference(const SuiteClip&, const SuiteModel&, int, const std::string&, const Limits&) {
  return Missing();
}
Result<std::unique_ptr<OriginalBack>> OriginalBack::Load(const std::string&, const Limits&) {
  return Missing();
}
Result<std::unique_ptr<BackRun>> BackRun::Create(const SuiteClip&, const SuiteModel&, const std::string&,
                                                 const Limits&) {
  return Missing();
}
Status RunRemote(const SuiteClip&, const SuiteModel&, const EncoderConfig&, const std::string&, const Limits&,
                 EvalPoint*) {
  return Missing();
}
Result<std::vector<ExamplePicture>> MakeExamples(const SuiteClip&, const SuiteModel&, const std::string&,
                                                 const std::vector<uint8_t>&, const Profile*, const std::string&,
                                                 const Limits&) {
  return Missing();
}

Result<MotionStudyResult> RunMotionStudy(const MotionStudy&, const Limits&) {
  return Missing();
}

}  // namespace fsc
