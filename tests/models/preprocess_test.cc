// Preprocessing against a second way to the same numbers: OpenCV's own matrix operations in float.
#include "models/preprocess.h"

#include <gtest/gtest.h>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <random>

namespace fsc {
namespace {

Image Noise(int width_px, int height_px, unsigned seed) {
  std::mt19937 random(seed);
  Image image{width_px, height_px, std::vector<uint8_t>(3 * size_t(width_px) * size_t(height_px))};
  for (uint8_t& sample : image.bgr) sample = uint8_t(random());
  return image;
}

cv::Mat MatOf(const Image& image) {
  return cv::Mat(image.height_px, image.width_px, CV_8UC3, const_cast<uint8_t*>(image.bgr.data())).clone();
}

// The 8-bit picture that the network sees, as a person would write it with OpenCV for one rule.
void ExpectSame(const InputSpec& spec, const Image& image, const cv::Mat& seen) {
  const auto input = Preprocess(spec, image);
  ASSERT_TRUE(input.ok()) << input.error().OneLine();
  ASSERT_EQ(input->geometry.input_width_px, seen.cols);
  ASSERT_EQ(input->geometry.input_height_px, seen.rows);
  cv::Mat floats;
  cv::Mat ordered = seen.clone();
  if (spec.rgb) cv::cvtColor(seen, ordered, cv::COLOR_BGR2RGB);
  ordered.convertTo(floats, CV_32FC3, 1.0 / spec.divide);
  cv::subtract(floats, cv::Scalar(spec.mean[0], spec.mean[1], spec.mean[2]), floats);
  cv::divide(floats, cv::Scalar(spec.std[0], spec.std[1], spec.std[2]), floats);
  floats = floats / double(spec.divide_after);
  std::vector<cv::Mat> planes;
  cv::split(floats, planes);
  ASSERT_EQ(input->values.size(), size_t(3 * seen.rows * seen.cols));
  for (int c = 0; c < 3; ++c) {
    const cv::Mat ours(seen.rows, seen.cols, CV_32F,
                       const_cast<float*>(input->values.data()) + size_t(c) * seen.total());
    EXPECT_LE(cv::norm(ours, planes[size_t(c)], cv::NORM_INF), 1e-4) << "channel " << c;
  }
  ASSERT_EQ(input->luma.width(), seen.cols);
  ASSERT_EQ(input->luma.height(), seen.rows);
  for (int y = 0; y < seen.rows; ++y) {
    for (int x = 0; x < seen.cols; ++x) {
      const cv::Vec3b p = seen.at<cv::Vec3b>(y, x);
      ASSERT_EQ(input->luma.row(y)[x], (19595 * p[2] + 38470 * p[1] + 7471 * p[0] + 32768) >> 16) << x << " " << y;
    }
  }
}

InputSpec ImageNet() {
  InputSpec spec;
  spec.mean = {0.485f, 0.456f, 0.406f};
  spec.std = {0.229f, 0.224f, 0.225f};
  return spec;
}

TEST(Preprocess, RgbUnitRangeMeanStd) {
  const Image image = Noise(61, 43, 1);
  ExpectSame(ImageNet(), image, MatOf(image));
}

TEST(Preprocess, BgrMeanStdThenDivideAndPad) {
  InputSpec spec;
  spec.rgb = false;
  spec.divide = 1;
  spec.mean = {110.33102643f, 108.40886315f, 105.03319369f};
  spec.std = {72.12571015f, 72.69074534f, 69.90434816f};
  spec.divide_after = 255;
  spec.multiple_px = 8;
  spec.pad_value = 107;
  const Image image = Noise(61, 43, 2);
  cv::Mat padded;
  cv::copyMakeBorder(MatOf(image), padded, 0, 5, 0, 3, cv::BORDER_CONSTANT, cv::Scalar::all(107));
  ExpectSame(spec, image, padded);
}

TEST(Preprocess, Letterbox) {
  InputSpec spec;
  spec.rgb = false;
  spec.divide = 1;
  spec.resize = ResizeRule::kLetterbox;
  spec.width_px = 96;
  spec.height_px = 96;
  spec.pad_value = 114;
  const Image image = Noise(200, 133, 3);
  cv::Mat scaled;
  cv::resize(MatOf(image), scaled, cv::Size(96, 63), 0, 0, cv::INTER_LINEAR);
  cv::Mat boxed(96, 96, CV_8UC3, cv::Scalar::all(114));
  scaled.copyTo(boxed(cv::Rect(0, 0, 96, 63)));
  ExpectSame(spec, image, boxed);
}

TEST(Preprocess, ShortSideAndCrop) {
  InputSpec spec = ImageNet();
  spec.resize = ResizeRule::kShortSide;
  spec.short_side_px = 64;
  spec.width_px = 56;
  spec.height_px = 56;
  const Image image = Noise(160, 128, 4);
  cv::Mat scaled;
  cv::resize(MatOf(image), scaled, cv::Size(80, 64), 0, 0, cv::INTER_LINEAR);
  ExpectSame(spec, image, scaled(cv::Rect(12, 4, 56, 56)).clone());
}

TEST(Preprocess, StretchWithEachInterpolation) {
  const std::pair<Interpolation, int> rules[] = {{Interpolation::kLinear, cv::INTER_LINEAR},
                                                 {Interpolation::kNearest, cv::INTER_NEAREST},
                                                 {Interpolation::kArea, cv::INTER_AREA},
                                                 {Interpolation::kCubic, cv::INTER_CUBIC}};
  const Image image = Noise(101, 77, 5);
  for (const auto& [ours, opencv] : rules) {
    InputSpec spec = ImageNet();
    spec.resize = ResizeRule::kStretch;
    spec.width_px = 40;
    spec.height_px = 32;
    spec.interpolation = ours;
    cv::Mat scaled;
    cv::resize(MatOf(image), scaled, cv::Size(40, 32), 0, 0, opencv);
    ExpectSame(spec, image, scaled);
  }
}

TEST(Preprocess, AConstantByHand) {
  // Pure red: R 255, G 0, B 0. (1 - 0.485) / 0.229, -0.456 / 0.224, -0.406 / 0.225; luma 76.
  const Image image{2, 1, {0, 0, 255, 0, 0, 255}};
  const auto input = Preprocess(ImageNet(), image);
  ASSERT_TRUE(input.ok());
  EXPECT_NEAR(input->values[0], 2.24891, 1e-4);
  EXPECT_NEAR(input->values[2], -2.03571, 1e-4);
  EXPECT_NEAR(input->values[4], -1.80444, 1e-4);
  EXPECT_EQ(input->luma.row(0)[0], 76);
}

TEST(Preprocess, PictureThatDoesNotMatchItsSize) {
  Image image = Noise(8, 8, 6);
  image.bgr.pop_back();
  EXPECT_FALSE(Preprocess(InputSpec{}, image).ok());
  EXPECT_FALSE(Preprocess(InputSpec{}, Image{}).ok());
}

}  // namespace
}  // namespace fsc
