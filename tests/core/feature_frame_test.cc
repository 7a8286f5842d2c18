// Layers and frames: shapes, limits, and where NaN stands.
#include "fsc/feature_frame.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "fsc/plane.h"

namespace fsc {
namespace {

using ::testing::HasSubstr;

LayerSpec Layer(int channels, int height_cells, int width_cells) {
  LayerSpec layer;
  layer.name = "x";
  layer.channels = channels;
  layer.height_cells = height_cells;
  layer.width_cells = width_cells;
  return layer;
}

std::string LayersError(const std::vector<LayerSpec>& layers, const Limits& limits = {}) {
  const Status status = CheckLayers(layers, limits, "here");
  if (status.ok()) return "";
  EXPECT_EQ(status.error().kind, ErrorKind::kBadInput);
  EXPECT_THAT(status.error().where, HasSubstr("here"));
  return status.error().what;
}

TEST(FeatureFrame, LayerLimits) {
  const Limits limits;
  EXPECT_EQ(LayersError({Layer(1, 1, 1)}), "");
  EXPECT_EQ(LayersError(std::vector<LayerSpec>(16, Layer(8, 8, 8))), "");
  EXPECT_THAT(LayersError({}), HasSubstr("1 to 16 layers, not 0"));
  EXPECT_THAT(LayersError(std::vector<LayerSpec>(17, Layer(8, 8, 8))), HasSubstr("not 17"));
  for (const int bad : {0, -1, std::numeric_limits<int>::min()}) {
    EXPECT_THAT(LayersError({Layer(bad, 1, 1)}), HasSubstr("outside the limits"));
    EXPECT_THAT(LayersError({Layer(1, bad, 1)}), HasSubstr("outside the limits"));
    EXPECT_THAT(LayersError({Layer(1, 1, bad)}), HasSubstr("outside the limits"));
  }
  EXPECT_EQ(LayersError({Layer(limits.max_channels, 1, 1)}), "");
  EXPECT_NE(LayersError({Layer(limits.max_channels + 1, 1, 1)}), "");
  EXPECT_NE(LayersError({Layer(1, limits.max_plane_size_cells + 1, 1)}), "");
  EXPECT_NE(LayersError({Layer(1, 1, limits.max_plane_size_cells + 1)}), "");
  LayerSpec layer = Layer(1, 1, 1);
  layer.stride_px = 0;
  EXPECT_THAT(LayersError({layer}), HasSubstr("stride 0"));
  layer.stride_px = 4097;
  EXPECT_THAT(LayersError({layer}), HasSubstr("stride 4097"));
  layer = Layer(1, 1, 1);
  layer.phase_px16 = -65537;
  EXPECT_THAT(LayersError({layer}), HasSubstr("phase"));
  layer = Layer(1, 1, 1);
  layer.name.assign(256, 'n');
  EXPECT_THAT(LayersError({layer}), HasSubstr("name too long"));
}

TEST(FeatureFrame, TheSumOfLayersIsLimited) {
  Limits limits;
  limits.max_frame_elements = 1000;
  EXPECT_EQ(LayersError({Layer(10, 10, 5), Layer(5, 10, 10)}, limits), "");
  EXPECT_THAT(LayersError({Layer(10, 10, 5), Layer(5, 10, 10), Layer(1, 1, 1)}, limits), HasSubstr("1001 elements"));
  // Sixteen of the largest layers: no overflow on the way.
  limits = {};
  EXPECT_THAT(LayersError(std::vector<LayerSpec>(16, Layer(65536, 16384, 16384)), limits), HasSubstr("over the limit"));
  const std::vector<LayerSpec> pyramid = {Layer(256, 200, 304), Layer(256, 100, 152)};
  EXPECT_EQ(TotalElements(pyramid), 256 * (200 * 304 + 100 * 152));
}

FeatureFrame Frame(const std::vector<LayerSpec>& layers) {
  FeatureFrame frame;
  for (const LayerSpec& layer : layers)
    frame.layers.emplace_back(layer.channels, layer.height_cells, layer.width_cells);
  return frame;
}

TEST(FeatureFrame, ShapesMustMatch) {
  const std::vector<LayerSpec> layers = {Layer(2, 3, 4), Layer(1, 2, 2)};
  EXPECT_TRUE(CheckFrame(Frame(layers), layers, "frame 3").ok());
  const Status count = CheckFrame(Frame({layers[0]}), layers, "frame 3");
  ASSERT_FALSE(count.ok());
  EXPECT_THAT(count.error().what, HasSubstr("1 layers where 2"));
  const Status shape = CheckFrame(Frame({layers[0], Layer(2, 1, 2)}), layers, "frame 3");
  ASSERT_FALSE(shape.ok());
  EXPECT_THAT(shape.error().what, HasSubstr("2 x 1 x 2 where 1 x 2 x 2"));
  EXPECT_THAT(shape.error().where, HasSubstr("frame 3, layer 'x'"));
}

TEST(FeatureFrame, NonFiniteValuesAreNamed) {
  const std::vector<LayerSpec> layers = {Layer(3, 4, 5)};
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::quiet_NaN(),
                          std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()}) {
    for (size_t at = 0; at < 60; ++at) {
      FeatureFrame frame = Frame(layers);
      frame.layers[0].values()[at] = bad;
      const Status status = CheckFrame(frame, layers, "frame 7");
      ASSERT_FALSE(status.ok());
      EXPECT_EQ(status.error().kind, ErrorKind::kBadInput);
      EXPECT_EQ(status.error().where, "frame 7, layer 'x', channel " + std::to_string(at / 20) + ", row " +
                                          std::to_string(at / 5 % 4) + ", column " + std::to_string(at % 5));
    }
  }
  FeatureFrame extreme = Frame(layers);
  extreme.layers[0].values()[0] = std::numeric_limits<float>::max();
  extreme.layers[0].values()[1] = std::numeric_limits<float>::denorm_min();
  EXPECT_TRUE(CheckFrame(extreme, layers, "frame 7").ok());
}

TEST(FeatureFrame, TensorsAreZeroAndCopiesAreExplicit) {
  Tensor tensor(2, 3, 4);
  EXPECT_EQ(tensor.size(), 24u);
  for (const float value : tensor.values()) EXPECT_EQ(value, 0.f);
  tensor.plane(1)[5] = 2;
  EXPECT_EQ(tensor.values()[12 + 5], 2.f);
  const Tensor copy = tensor.Clone();
  tensor.plane(1)[5] = 3;
  EXPECT_EQ(copy.plane(1)[5], 2.f);
  static_assert(!std::is_copy_constructible_v<Tensor>);
}

TEST(Plane, RowsAndViews) {
  Plane<int16_t> plane(5, 3);
  plane.row(2)[4] = 7;
  const PlaneView<const int16_t> view = plane.view();
  EXPECT_EQ(view.row(2)[4], 7);
  EXPECT_EQ(view.stride, 5);
  EXPECT_EQ(plane.samples().size(), 15u);
  EXPECT_EQ(plane.Clone().row(2)[4], 7);
}

TEST(Tensor, KnowsWhetherItBorrows) {
  const std::vector<float> values(24);
  Tensor borrowed = Tensor::Borrow(values.data(), 2, 3, 4);
  EXPECT_TRUE(borrowed.borrowed());
  EXPECT_FALSE(borrowed.Clone().borrowed());
  const Tensor moved = std::move(borrowed);
  EXPECT_TRUE(moved.borrowed());
  EXPECT_FALSE(Tensor(2, 3, 4).borrowed());
  EXPECT_FALSE(Tensor().borrowed());
}

}  // namespace
}  // namespace fsc
