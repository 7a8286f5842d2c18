// Motion on a real clip: needs FSC_DATA_DIR and OpenCV to read its pictures.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <opencv2/imgcodecs.hpp>
#include <string>

#include "motion/flow_opencv.h"
#include "motion/motion_search.h"
#include "motion/motion_syntax.h"

namespace fsc {
namespace {

std::vector<Plane<uint8_t>> FirstPictures(const std::string& folder, size_t count) {
  std::vector<std::filesystem::path> files;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(folder, missing)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  files.resize(std::min(files.size(), count));
  std::vector<Plane<uint8_t>> pictures;
  for (const auto& file : files) {
    const cv::Mat image = cv::imread(file.string(), cv::IMREAD_GRAYSCALE);
    if (image.empty()) return {};
    Plane<uint8_t> picture(image.cols, image.rows);
    for (int y = 0; y < image.rows; ++y) std::copy_n(image.ptr<uint8_t>(y), image.cols, picture.row(y));
    pictures.push_back(std::move(picture));
  }
  return pictures;
}

double Energy(const Plane<uint8_t>& a, const Plane<uint8_t>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.samples().size(); ++i) sum += std::pow(double(a.samples()[i]) - b.samples()[i], 2);
  return sum;
}

TEST(RealClip, MotionHalvesTheResidualForAFewThousandBits) {
  const char* data = std::getenv("FSC_DATA_DIR");
  if (data == nullptr) GTEST_SKIP() << "needs real clips: set FSC_DATA_DIR to the folder that holds video/";
  const std::vector<Plane<uint8_t>> pictures = FirstPictures(std::string(data) + "/video/camvid/img", 8);
  if (pictures.size() < 8) GTEST_SKIP() << "needs real clips: set FSC_DATA_DIR to a folder that holds video/camvid/img";
  double still = 0;
  double block = 0;
  double flow = 0;
  double bits = 0;
  for (size_t t = 1; t < pictures.size(); ++t) {
    const PlaneView<const uint8_t> current = pictures[t].view();
    const PlaneView<const uint8_t> reference = pictures[t - 1].view();
    const Result<MotionField> field = EstimateMotion(current, reference, {});
    ASSERT_TRUE(field.ok());
    still += Energy(pictures[t], pictures[t - 1]);
    block += Energy(pictures[t], CompensateLuma(reference, *field));
    bits += double(MotionFieldBits256(*field, {}, MotionContexts())) / 256 / double(pictures.size() - 1);
    const Result<MotionField> flow_field = EstimateFlow(MotionLuma(current), MotionLuma(reference), {});
    ASSERT_TRUE(flow_field.ok());
    flow += Energy(pictures[t], CompensateLuma(reference, *flow_field));
  }
  RecordProperty("block_over_still", std::to_string(block / still));
  EXPECT_LT(block, 0.5 * still);
  EXPECT_LT(flow, 0.5 * still);
  EXPECT_LT(bits, 6000);
}

}  // namespace
}  // namespace fsc
