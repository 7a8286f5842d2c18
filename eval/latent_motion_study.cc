#include "eval/latent_motion_study.h"

#include <cmath>
#include <random>

#include <opencv2/imgproc.hpp>
#include <opencv2/video/tracking.hpp>

#include "eval/feature_distortion.h"
#include "eval/front_reader.h"
#include "eval/latent_warp.h"
#include "models/split_model.h"
#include "streams/picture_file.h"

namespace fsc {
namespace {

constexpr double kPi = 3.14159265358979323846;
// Input pixels that a cell of ResNet-18's layer2 sees to either side (receptive field 99 px); wider than the others'
// first stages.
constexpr int kReceptiveRadiusPx = 49;

struct Motion {
  std::string kind;
  double amount = 0;
  double shift_x_px = 0, shift_y_px = 0, rotation_deg = 0, zoom = 1, shear_deg = 0;
};

// Content at p moves to centre + L (p - centre) + shift.
struct Affine {
  double a = 1, b = 0, c = 0, d = 1, tx = 0, ty = 0;
  void Forward(double x, double y, double* u, double* v) const {
    *u = a * x + b * y + tx;
    *v = c * x + d * y + ty;
  }
  void Inverse(double u, double v, double* x, double* y) const {
    const double det = a * d - b * c;
    *x = (d * (u - tx) - b * (v - ty)) / det;
    *y = (a * (v - ty) - c * (u - tx)) / det;
  }
};

Affine About(const Motion& m, double centre_x, double centre_y) {
  const double r = m.rotation_deg * kPi / 180, k = std::tan(m.shear_deg * kPi / 180);
  Affine f;  // rotation * zoom * shear
  f.a = m.zoom * std::cos(r);
  f.b = m.zoom * (std::cos(r) * k - std::sin(r));
  f.c = m.zoom * std::sin(r);
  f.d = m.zoom * (std::sin(r) * k + std::cos(r));
  f.tx = centre_x - f.a * centre_x - f.b * centre_y + m.shift_x_px;
  f.ty = centre_y - f.c * centre_x - f.d * centre_y + m.shift_y_px;
  return f;
}

std::vector<Motion> KnownMotions(int random_affines) {
  std::vector<Motion> motions;
  for (int x = -32; x <= 32; ++x)
    motions.push_back({.kind = "translation", .amount = double(x), .shift_x_px = double(x)});
  for (const int x : {48, 50, 34, -34, -48, -50})
    motions.push_back({.kind = "translation", .amount = double(x), .shift_x_px = double(x)});
  for (const double r : {0.0, 0.35, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0})
    motions.push_back({.kind = "rotation", .amount = r, .rotation_deg = r});
  for (const double z : {0.8, 0.85, 0.9, 0.95, 0.98, 1.0, 1.02, 1.05, 1.1, 1.15, 1.2, 1.25})
    motions.push_back({.kind = "zoom", .amount = z, .zoom = z});
  for (const double s : {-10.0, -7.0, -5.0, -2.0, -1.0, 0.0, 1.0, 2.0, 5.0, 7.0, 10.0})
    motions.push_back({.kind = "shear", .amount = s, .shear_deg = s});
  std::mt19937 random(2021);
  const auto uniform = [&](double low, double high) { return low + (high - low) * double(random()) / 4294967296.0; };
  for (int i = 0; i < random_affines; ++i) {
    motions.push_back({"random", double(i), uniform(-32, 32), uniform(-32, 32), uniform(-10, 10), uniform(0.95, 1.05),
                       uniform(-5, 5)});
  }
  return motions;
}

Image ToImage(const cv::Mat& picture) {
  Image out{picture.cols, picture.rows, {}};
  for (int y = 0; y < picture.rows; ++y)
    out.bgr.insert(out.bgr.end(), picture.ptr<uint8_t>(y), picture.ptr<uint8_t>(y) + 3 * picture.cols);
  return out;
}

// NRMSE of `predicted` against `actual`; R over the whole actual tensor.
double Nrmse(const Tensor& actual, const WarpedLatent& predicted) {
  DistortionSum sum;
  sum.Add(actual.values(), predicted.tensor.values(), predicted.valid);
  return sum.Summary().nrmse;
}

// Leaves only the columns whose cells saw the same content in both crops.
void KeepInterior(int shift_px, int stride_px, WarpedLatent* predicted) {
  const int width = predicted->tensor.width_cells();
  const int border = (kReceptiveRadiusPx + stride_px - 1) / stride_px;
  const int shift = std::abs(shift_px) / stride_px;
  for (size_t i = 0; i < predicted->valid.size(); ++i) {
    const int x = int(i % size_t(width));
    if (x < border + shift || x >= width - border - shift) predicted->valid[i] = 0;
  }
}

class StudyRun {
 public:
  StudyRun(const MotionStudy& study, const Limits& limits) : study_(study), limits_(limits) {}

  Result<MotionStudyResult> Run() {
    FSC_ASSIGN_OR_RETURN(const ModelSpec spec, ReadModelSpec(study_.model_path, limits_));
    SplitModel::Options options;
    options.back = false;
    FSC_ASSIGN_OR_RETURN(network_, SplitModel::Load(spec, options));
    MotionStudyResult result;
    FSC_RETURN_IF_ERROR(Stills(&result));
    for (const MotionStudy::Video& video : study_.videos) {
      FSC_ASSIGN_OR_RETURN(const VideoSample sample, RealVideo(video, &result.warnings));
      result.videos.push_back(sample);
    }
    return result;
  }

 private:
  Status Stills(MotionStudyResult* result) {
    const std::vector<Motion> motions = KnownMotions(study_.random_affines);
    for (const Motion& motion : motions) result->samples.push_back({motion.kind, motion.amount, 0, -1});
    for (const std::string& path : study_.stills) {
      FSC_ASSIGN_OR_RETURN(const StoredPicture still, ReadPicture(path, PictureSamples::kBgr));
      cv::Mat wide;
      cv::Mat(still.height_px, still.width_px, CV_16UC3, const_cast<uint16_t*>(still.samples.data()))
          .convertTo(wide, CV_8U);
      if (wide.cols < study_.crop_px + 100 || wide.rows < study_.crop_px) {
        return BadInput("still too small for the crop", path,
                        "it needs 100 px more in width than the crop, and as many in height");
      }
      FSC_ASSIGN_OR_RETURN(const FrontOutput before, network_->RunFront(ToImage(wide(Window(wide)))));
      for (size_t i = 0; i < motions.size(); ++i)
        FSC_RETURN_IF_ERROR(OneMotion(wide, before, motions[i], &result->samples[i]));
    }
    const double count = double(study_.stills.size());
    for (MotionSample& sample : result->samples) {
      sample.nrmse /= count;
      if (sample.interior_nrmse >= 0) sample.interior_nrmse /= count;
    }
    return {};
  }

  // The crop, in the middle of the still.
  cv::Rect Window(const cv::Mat& wide) const {
    const int crop = study_.crop_px;
    return {(wide.cols - crop) / 2, (wide.rows - crop) / 2, crop, crop};
  }

  Status OneMotion(const cv::Mat& wide, const FrontOutput& before, const Motion& motion, MotionSample* sample) {
    const int crop = study_.crop_px;
    const cv::Rect window = Window(wide);
    const double centre = (crop - 1) / 2.0;
    // In the wide still the same motion is about the window's centre.
    const Affine in_wide = About(motion, window.x + centre, window.y + centre);
    const cv::Mat matrix =
        (cv::Mat_<double>(2, 3) << in_wide.a, in_wide.b, in_wide.tx, in_wide.c, in_wide.d, in_wide.ty);
    cv::Mat moved;
    cv::warpAffine(wide, moved, matrix, wide.size(), cv::INTER_CUBIC, cv::BORDER_REFLECT_101);
    FSC_ASSIGN_OR_RETURN(const FrontOutput after, network_->RunFront(ToImage(moved(window))));
    const LayerSpec& layer = after.layers[0];
    const Affine in_crop = About(motion, centre, centre);
    WarpedLatent predicted = WarpLatent(before.frame.layers[0], layer.stride_px, layer.phase_px16 / 16.0,
                                        [&](double x, double y, double* u, double* v) { in_crop.Inverse(x, y, u, v); });
    sample->nrmse += Nrmse(after.frame.layers[0], predicted);
    const int shift_px = int(motion.shift_x_px);
    if (motion.kind != "translation" || shift_px % layer.stride_px != 0) return {};
    KeepInterior(shift_px, layer.stride_px, &predicted);
    sample->interior_nrmse = std::max(sample->interior_nrmse, 0.0) + Nrmse(after.frame.layers[0], predicted);
    return {};
  }

  Result<VideoSample> RealVideo(const MotionStudy::Video& video, Warnings* warnings) {
    FrontReaderOptions options;
    options.pictures.path = video.path;
    options.pictures.frames = {video.first_frame, video.end_frame};
    FSC_ASSIGN_OR_RETURN(const auto reader, FrontReader::Open(options, network_.get(), limits_));
    VideoSample sample{video.name, 0, 0, 0, 0};
    const cv::Ptr<cv::DISOpticalFlow> flow = cv::DISOpticalFlow::create(cv::DISOpticalFlow::PRESET_MEDIUM);
    std::optional<FrontOutput> previous;
    double elements = 0, sum = 0, squares = 0, all = 0;
    for (;;) {
      FSC_ASSIGN_OR_RETURN(auto frame, reader->Next());
      if (!frame) break;
      FrontOutput now = std::move(frame->front);
      const Tensor& actual = now.frame.layers[0];
      for (const float value : actual.values()) {
        sum += value;
        squares += double(value) * value;
      }
      all += double(actual.size());
      if (previous) {
        // Backward flow: where each pixel of this frame was in the one before.
        cv::Mat motion;
        flow->calc(Luma(now), Luma(*previous), motion);
        const LayerSpec& layer = now.layers[0];
        const WarpedLatent predicted = WarpLatent(previous->frame.layers[0], layer.stride_px, layer.phase_px16 / 16.0,
                                                  [&](double x, double y, double* u, double* v) {
                                                    const cv::Vec2f step = MeanFlow(motion, x, y, layer.stride_px);
                                                    *u = x + step[0];
                                                    *v = y + step[1];
                                                  });
        for (size_t i = 0; i < actual.size(); ++i) {
          const double still = double(actual.values()[i]) - previous->frame.layers[0].values()[i];
          const double moved = double(actual.values()[i]) - predicted.tensor.values()[i];
          sample.zero_motion += still * still;
          sample.compensated += moved * moved;
        }
        elements += double(actual.size());
      }
      previous = std::move(now);
      ++sample.frames;
    }
    warnings->Add(reader->warnings());
    if (elements == 0) return BadInput("video with fewer than two frames in the range", video.path);
    sample.variance = squares / all - (sum / all) * (sum / all);
    sample.zero_motion /= elements;
    sample.compensated /= elements;
    return sample;
  }

  static cv::Mat Luma(const FrontOutput& front) {
    return cv::Mat(front.luma.height(), front.luma.width(), CV_8UC1, const_cast<uint8_t*>(front.luma.samples().data()));
  }

  // The mean over the cell's square of input pixels.
  static cv::Vec2f MeanFlow(const cv::Mat& motion, double x, double y, int stride_px) {
    const int left = std::clamp(int(x) - stride_px / 2, 0, motion.cols - 1),
              right = std::clamp(left + stride_px, 1, motion.cols);
    const int top = std::clamp(int(y) - stride_px / 2, 0, motion.rows - 1),
              bottom = std::clamp(top + stride_px, 1, motion.rows);
    cv::Vec2f sum(0, 0);
    for (int j = top; j < bottom; ++j) {
      for (int i = left; i < right; ++i) sum += motion.at<cv::Vec2f>(j, i);
    }
    return sum / float((right - left) * (bottom - top));
  }

  const MotionStudy& study_;
  const Limits& limits_;
  std::unique_ptr<SplitModel> network_;
};

}  // namespace

Result<MotionStudyResult> RunMotionStudy(const MotionStudy& study, const Limits& limits) {
  return StudyRun(study, limits).Run();
}

}  // namespace fsc
