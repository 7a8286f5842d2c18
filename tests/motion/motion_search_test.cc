#include "motion/motion_search.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <functional>
#include <random>

#include "motion/global_fit.h"
#include "motion/leaf_sad.h"
#include "motion/local_contrast.h"
#include "motion/motion_luma.h"
#include "tests/support/each_cpu_level.h"

namespace fsc {
namespace {

// A texture that exists at every real position: waves of 5 to 60 px in many directions.
double Texture(double x, double y) {
  static const auto kWaves = [] {
    std::mt19937 random(11);
    std::vector<std::array<double, 4>> waves;
    for (int i = 0; i < 24; ++i) {
      const double length_px = 5 * std::pow(12.0, i / 23.0);
      const double angle = double(random() % 6283) / 1000;
      const double k = 6.2831853 / length_px;
      waves.push_back({k * std::cos(angle), k * std::sin(angle), double(random() % 6283) / 1000, 6 + 0.25 * length_px});
    }
    return waves;
  }();
  double sum = 0;
  for (const auto& wave : kWaves) sum += wave[3] * std::sin(wave[0] * x + wave[1] * y + wave[2]);
  return std::clamp(128 + sum, 0.0, 255.0);
}

Plane<uint8_t> Picture(int width, int height, const std::function<double(double, double)>& value) {
  Plane<uint8_t> picture(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) picture.row(y)[x] = uint8_t(std::lround(value(x, y)));
  }
  return picture;
}

// Share of the leaves, those on the picture's edge left out, whose vector is within `tolerance` of what is expected.
double ShareNear(const MotionField& field, double tolerance_qpel,
                 const std::function<std::array<double, 2>(double, double)>& expected) {
  int near = 0;
  int all = 0;
  for (int y = 1; y + 1 < field.geometry().leaves_y(); ++y) {
    for (int x = 1; x + 1 < field.geometry().leaves_x(); ++x) {
      const auto [dx, dy] = expected(16 * x + 7.5, 16 * y + 7.5);
      const MotionVector v = field.leaf(x, y);
      ++all;
      near += std::abs(v.dx_qpel - 4 * dx) <= tolerance_qpel && std::abs(v.dy_qpel - 4 * dy) <= tolerance_qpel;
    }
  }
  return double(near) / all;
}

TEST(LeafSad, FastAgreesWithPlain) {
  std::mt19937 random(12);
  for (int round = 0; round < 200; ++round) {
    std::vector<uint8_t> current(16 * 37), reference(17 * 41);
    for (uint8_t& v : current) v = round % 3 == 0 ? uint8_t(random()) : uint8_t(random() % 2 * 255);
    for (uint8_t& v : reference) v = round % 3 == 1 ? uint8_t(255 - current[0]) : uint8_t(random());
    ForEachCpuLevel([&] {
      const LeafSadFunction fast = FastLeafSad();
      for (int phase = 0; phase < 16; ++phase) {
        const int fx = phase & 3;
        const int fy = phase >> 2;
        EXPECT_EQ(fast(current.data(), 37, reference.data(), 41, fx, fy),
                  LeafSadPlain(current.data(), 37, reference.data(), 41, fx, fy))
            << fx << " " << fy;
      }
    });
  }
}

TEST(LocalContrast, EvensOutFaintAndStrong) {
  // The same waves at 4 and at 60 grey levels come out far less apart than the 15 times they went in.
  const Plane<uint8_t> picture = Picture(320, 64, [](double x, double y) {
    return 128 + (x < 160 ? 4 : 60) * std::sin(0.5 * x + 0.3 * y) + 0.1 * (x - 160);
  });
  const Plane<uint8_t> even = LocalContrast(picture.view());
  const auto span = [&](int first_x) {
    const auto [lowest, highest] = std::minmax_element(even.row(32) + first_x, even.row(32) + first_x + 64);
    return *highest - *lowest;
  };
  EXPECT_GT(span(48), 10);
  EXPECT_LT(span(208), 8 * span(48));
  for (const auto& [width, height] : {std::pair{1, 1}, std::pair{3, 17}, std::pair{8, 8}, std::pair{35, 9}}) {
    const Plane<uint8_t> flat = Picture(width, height, [](double, double) { return 201.0; });
    const Plane<uint8_t> even_flat = LocalContrast(flat.view());
    for (const uint8_t v : even_flat.samples()) EXPECT_EQ(v, 128);
    const Plane<uint8_t> hard = Picture(width, height, [](double x, double) { return int(x) % 2 * 255.0; });
    EXPECT_EQ(LocalContrast(hard.view()).samples().size(), size_t(width) * height);
  }
}

TEST(EstimateMotion, FindsWholeAndQuarterPixelShifts) {
  const double shifts[][2] = {{0, 0}, {3, -2}, {-17, 9}, {31, 22}, {0.25, 0}, {-1.5, 2.75}, {12.25, -7.5}};
  const Plane<uint8_t> reference = Picture(256, 192, Texture);
  for (const auto& shift : shifts) {
    const Plane<uint8_t> current =
        Picture(256, 192, [&](double x, double y) { return Texture(x + shift[0], y + shift[1]); });
    MotionSearchOptions options;
    const Result<MotionField> field = EstimateMotion(current.view(), reference.view(), options);
    ASSERT_TRUE(field.ok());
    const bool whole = shift[0] == std::floor(shift[0]) && shift[1] == std::floor(shift[1]);
    // Leaves whose source lies outside the reference cannot be found.
    int right = 0;
    int all = 0;
    for (int y = 2; y < 10; ++y) {
      for (int x = 2; x < 14; ++x) {
        ++all;
        const MotionVector v = field->leaf(x, y);
        right += std::abs(v.dx_qpel - 4 * shift[0]) + std::abs(v.dy_qpel - 4 * shift[1]) <= (whole ? 0 : 1);
      }
    }
    EXPECT_EQ(right, all) << shift[0] << " " << shift[1];
    if (!whole) continue;
    const Plane<uint8_t> moved = CompensateLuma(reference.view(), *field);
    for (int y = 32; y < 160; ++y) {
      for (int x = 32; x < 224; ++x) ASSERT_EQ(moved.row(y)[x], current.row(y)[x]);
    }
  }
}

TEST(EstimateMotion, WholePixelsOnRequest) {
  const Plane<uint8_t> reference = Picture(128, 96, Texture);
  const Plane<uint8_t> current =
      Picture(128, 96, [](double x, double y) { return Texture(x + 2.3, y - 1.1 - 0.02 * x); });
  MotionSearchOptions options;
  options.precision_qpel = 4;
  const Result<MotionField> field = EstimateMotion(current.view(), reference.view(), options);
  ASSERT_TRUE(field.ok());
  for (const MotionVector& v : field->leaves()) {
    EXPECT_EQ(v.dx_qpel & 3, 0);
    EXPECT_EQ(v.dy_qpel & 3, 0);
  }
  EXPECT_GT(ShareNear(*field, 4, [](double x, double) { return std::array{2.3, -1.1 - 0.02 * x}; }), 0.9);
}

TEST(EstimateMotion, StillAndNoisyPicturesStayStill) {
  std::mt19937 random(13);
  std::normal_distribution<double> noise(0, 2);
  const auto noisy = [&](double x, double y) { return std::clamp(Texture(x, y) + noise(random), 0.0, 255.0); };
  const Plane<uint8_t> a = Picture(320, 240, noisy);
  const Plane<uint8_t> b = Picture(320, 240, noisy);
  EXPECT_TRUE(EstimateMotion(a.view(), a.view(), {})->AllZero());
  EXPECT_TRUE(EstimateMotion(a.view(), b.view(), {})->AllZero());
  const Plane<uint8_t> flat = Picture(320, 240, [](double, double) { return 90.0; });
  EXPECT_TRUE(EstimateMotion(flat.view(), flat.view(), {})->AllZero());
}

TEST(EstimateMotion, ObjectsMoveApartFromTheBackground) {
  const auto inside = [](double x, double y) { return x >= 96 && x < 192 && y >= 64 && y < 160; };
  const Plane<uint8_t> reference =
      Picture(320, 240, [&](double x, double y) { return inside(x + 8, y) ? Texture(y, x + 8) : Texture(x, y); });
  const Plane<uint8_t> current =
      Picture(320, 240, [&](double x, double y) { return inside(x, y) ? Texture(y, x) : Texture(x, y); });
  const Result<MotionField> field = EstimateMotion(current.view(), reference.view(), {});
  ASSERT_TRUE(field.ok());
  EXPECT_EQ(field->leaf(8, 6), (MotionVector{-32, 0}));
  EXPECT_EQ(field->leaf(2, 2), MotionVector{});
  EXPECT_EQ(field->leaf(17, 12), MotionVector{});
}

TEST(EstimateMotion, CameraZoomAndRotationBecomeTheBase) {
  const double centre_x = 159.5;
  const double centre_y = 119.5;
  for (const auto& [zoom, angle] : {std::pair{0.03, 0.0}, std::pair{-0.02, 0.015}, std::pair{0.0, 0.04}}) {
    const auto displacement = [&, z = zoom, a = angle](double x, double y) {
      const double from_x = x - centre_x;
      const double from_y = y - centre_y;
      return std::array{z * from_x - a * from_y + 1.75, a * from_x + z * from_y - 0.5};
    };
    MotionSearchOptions options;
    options.lambda = 100;  // the texture is far stronger than a natural one
    const Plane<uint8_t> reference = Picture(320, 240, Texture);
    const Plane<uint8_t> current = Picture(320, 240, [&](double x, double y) {
      const auto [dx, dy] = displacement(x, y);
      return Texture(x + dx, y + dy);
    });
    const Result<MotionField> field = EstimateMotion(current.view(), reference.view(), options);
    ASSERT_TRUE(field.ok());
    EXPECT_EQ(field->base, MotionBaseKind::kGlobal);
    EXPECT_GT(ShareNear(*field, 2.5, displacement), 0.97) << zoom << " " << angle;  // 8 px * 4 % + 1/4 px
    EXPECT_NEAR(field->global.xx / 16384.0 / 4, zoom, 0.003);
    EXPECT_NEAR(field->global.yx / 16384.0 / 4, angle, 0.003);
  }
}

TEST(FitGlobalMotion, IgnoresAThirdOfOutliers) {
  std::mt19937 random(14);
  const MotionGeometry geometry{640, 480, 1};
  const GlobalMotion truth{-160, 320, 900, -300, 250, 700};
  std::vector<MotionVector> vectors;
  std::vector<uint32_t> weights;
  for (int y = 0; y < geometry.leaves_y(); ++y) {
    for (int x = 0; x < geometry.leaves_x(); ++x) {
      const bool lost = random() % 3 == 0;
      vectors.push_back(lost ? ClampVector(int(random() % 200), int(random() % 100))
                             : truth.AtBlock(geometry, x / 2, y / 2));
      weights.push_back(1000 + random() % 1000);
    }
  }
  const std::optional<GlobalMotion> fit = FitGlobalMotion(geometry, vectors, weights);
  ASSERT_TRUE(fit.has_value());
  for (const auto& [x, y] : {std::pair{0, 0}, std::pair{39, 0}, std::pair{0, 29}, std::pair{39, 29}}) {
    EXPECT_NEAR(fit->AtBlock(geometry, x / 2, y / 2).dx_qpel, truth.AtBlock(geometry, x / 2, y / 2).dx_qpel, 1);
    EXPECT_NEAR(fit->AtBlock(geometry, x / 2, y / 2).dy_qpel, truth.AtBlock(geometry, x / 2, y / 2).dy_qpel, 1);
  }
  const std::vector<MotionVector> still(vectors.size());
  EXPECT_FALSE(FitGlobalMotion(geometry, still, weights).has_value());
  EXPECT_FALSE(FitGlobalMotion(geometry, vectors, std::vector<uint32_t>(vectors.size())).has_value());
}

TEST(EstimateMotion, SameFieldForEveryThreadCount) {
  const Plane<uint8_t> reference = Picture(333, 251, Texture);
  const Plane<uint8_t> current = Picture(333, 251, [](double x, double y) {
    return Texture(x + 5 * std::sin(y * 0.03) + 2, y + 0.02 * x - (x > 150 && y > 100 ? 9 : 0));
  });
  MotionSearchOptions options;
  options.lambda = 3;
  const Result<MotionField> serial = EstimateMotion(current.view(), reference.view(), options);
  ASSERT_TRUE(serial.ok());
  EXPECT_FALSE(serial->AllZero());
  for (const int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    options.pool = &pool;
    const Result<MotionField> field = EstimateMotion(current.view(), reference.view(), options);
    ASSERT_TRUE(field.ok());
    EXPECT_EQ(*field, *serial) << threads;
  }
}

TEST(EstimateMotion, OddSizesAndRanges) {
  for (const auto& [width, height] :
       {std::pair{1, 1}, std::pair{15, 3}, std::pair{17, 33}, std::pair{200, 5}, std::pair{97, 101}}) {
    for (const int range : {0, 1, 7, 2047}) {
      const Plane<uint8_t> reference = Picture(width, height, Texture);
      const Plane<uint8_t> current = Picture(width, height, [](double x, double y) { return Texture(x + 6, y - 3); });
      MotionSearchOptions options;
      options.range_px = range;
      options.lambda = 0;
      const Result<MotionField> field = EstimateMotion(current.view(), reference.view(), options);
      ASSERT_TRUE(field.ok());
      for (const MotionVector& v : field->leaves()) {
        EXPECT_LE(std::abs(v.dx_qpel), 4 * range);
        EXPECT_LE(std::abs(v.dy_qpel), 4 * range);
      }
    }
  }
}

TEST(EstimateMotion, HintAndPreviousFieldAreOnlyHelp) {
  const Plane<uint8_t> past = Picture(256, 192, [](double x, double y) { return Texture(x - 6 + 0.03 * y, y); });
  const Plane<uint8_t> current = Picture(256, 192, Texture);
  const Plane<uint8_t> future = Picture(256, 192, [](double x, double y) { return Texture(x + 6 - 0.03 * y, y); });
  const Result<MotionField> backward = EstimateMotion(current.view(), past.view(), {});
  ASSERT_TRUE(backward.ok());
  MotionSearchOptions options;
  options.global = false;
  options.hint = {&*backward, -1, 1};
  const Result<MotionField> forward = EstimateMotion(current.view(), future.view(), options);
  ASSERT_TRUE(forward.ok());
  EXPECT_EQ(forward->base, MotionBaseKind::kHint);
  // Fields of another size are not looked at.
  MotionField other({64, 64, 1});
  options.hint = {&other, -1, 1};
  options.previous = &other;
  const Result<MotionField> alone = EstimateMotion(current.view(), future.view(), options);
  ASSERT_TRUE(alone.ok());
  EXPECT_EQ(alone->base, MotionBaseKind::kZero);
}

TEST(EstimateMotion, VectorsAreMultiplesOfThePrecision) {
  for (const auto& [stride, precision] :
       {std::pair{1, 1}, std::pair{2, 1}, std::pair{4, 2}, std::pair{8, 4}, std::pair{64, 4}}) {
    EXPECT_EQ(MotionPrecisionQpel(stride), precision);
  }
  const Plane<uint8_t> reference = Picture(160, 128, Texture);
  const Plane<uint8_t> current =
      Picture(160, 128, [](double x, double y) { return Texture(x * 1.02 + 1.3, y * 1.02 - 2.6); });
  const MotionField past = *EstimateMotion(current.view(), reference.view(), {});
  for (const int precision : {1, 2, 4}) {
    MotionSearchOptions options;
    options.precision_qpel = precision;
    options.hint = {&past, 2, 3};
    const Result<MotionField> field = EstimateMotion(current.view(), reference.view(), options);
    ASSERT_TRUE(field.ok());
    EXPECT_EQ(field->precision_qpel, precision);
    for (const MotionVector& v : field->leaves()) {
      EXPECT_EQ(v.dx_qpel % precision, 0);
      EXPECT_EQ(v.dy_qpel % precision, 0);
    }
  }
}

TEST(EstimateMotion, RefusesWhatMakesNoSense) {
  const Plane<uint8_t> a(32, 32);
  const Plane<uint8_t> b(32, 31);
  const auto kind = [&](const Plane<uint8_t>& other, MotionSearchOptions options) {
    const Result<MotionField> field = EstimateMotion(a.view(), other.view(), options);
    return field.ok() ? std::string("ok") : (field.error().kind == ErrorKind::kUsage ? "usage" : "other");
  };
  EXPECT_EQ(kind(a, {}), "ok");
  EXPECT_EQ(kind(b, {}), "usage");
  MotionSearchOptions options;
  options.lambda = -1;
  EXPECT_EQ(kind(a, options), "usage");
  options.lambda = std::nan("");
  EXPECT_EQ(kind(a, options), "usage");
  options = {};
  options.range_px = 2048;
  EXPECT_EQ(kind(a, options), "usage");
  options = {};
  options.precision_qpel = 3;
  EXPECT_EQ(kind(a, options), "usage");
  options = {};
  options.unit_px = 0;
  EXPECT_EQ(kind(a, options), "usage");
  EXPECT_FALSE(EstimateMotion(PlaneView<const uint8_t>{}, PlaneView<const uint8_t>{}, {}).ok());
}

TEST(MotionLuma, IsMadeReadyOnce) {
  const Plane<uint8_t> reference = Picture(96, 64, Texture);
  const Plane<uint8_t> current = Picture(96, 64, [](double x, double y) { return Texture(x - 3, y + 2); });
  const Result<MotionField> expected = EstimateMotion(current.view(), reference.view(), {});
  ASSERT_TRUE(expected.ok());
  const MotionLuma a(current.view()), b(reference.view());
  EXPECT_EQ(a.view().row(5)[7], current.row(5)[7]);
  EXPECT_NE(a.view().data, current.view().data) << "a copy";
  const MotionPicture* const first = &*a.picture();
  for (int i = 0; i < 2; ++i) {
    const Result<MotionField> field = EstimateMotion(a, b, {});
    ASSERT_TRUE(field.ok());
    EXPECT_TRUE(*field == *expected);
    EXPECT_EQ(&*a.picture(), first);
  }
  EXPECT_FALSE(EstimateMotion(a, MotionLuma(Plane<uint8_t>(64, 64).view()), {}).ok()) << "of another size";
}

}  // namespace
}  // namespace fsc
