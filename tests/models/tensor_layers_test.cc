// Tensors as layers of a network.
#include "models/tensor_layers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fsc {
namespace {

using ::testing::HasSubstr;

ModelSpec TwoLayers() {
  ModelSpec spec;
  spec.id = "net";
  spec.layers = {{"a", 64, 0, 0}, {"b", 128, 0, 0}};
  spec.layers[0].stride_px = 8;
  spec.layers[1].stride_px = 16;
  spec.layers[1].phase_px16 = 40;
  return spec;
}

TEST(TensorLayers, ChannelsSayWhetherTheyAreOfTheNetwork) {
  const ModelSpec spec = TwoLayers();
  EXPECT_TRUE(CheckLayersAgainst(spec, {{"x", 64, 4, 6}, {"y", 128, 2, 3}}, "t.npz").ok());
  for (const std::vector<LayerSpec>& layers : {std::vector<LayerSpec>{{"a", 64, 4, 6}},
                                               {{"a", 64, 4, 6}, {"b", 127, 2, 3}},
                                               {{"a", 128, 4, 6}, {"b", 64, 2, 3}},
                                               {{"a", 64, 4, 6}, {"b", 128, 2, 3}, {"c", 1, 1, 1}},
                                               {}}) {
    const Status status = CheckLayersAgainst(spec, layers, "t.npz");
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, ErrorKind::kBadInput);
    EXPECT_EQ(status.error().where, "t.npz");
    EXPECT_THAT(status.error().what, HasSubstr("64 + 128 channels"));
  }
}

TEST(TensorLayers, PlacesAndSizesAreTheNetworks) {
  std::vector<LayerSpec> layers = {{"x", 64, 12, 17}, {"y", 128, 6, 9}};
  PlaceLayers(TwoLayers(), &layers);
  EXPECT_EQ(layers[0].stride_px, 8);
  EXPECT_EQ(layers[1].stride_px, 16);
  EXPECT_EQ(layers[1].phase_px16, 40);
  EXPECT_EQ(layers[0].name, "x");
  EXPECT_EQ(layers[0].width_cells, 17);
  const InputGeometry geometry = GeometryOfLayers(layers);
  for (const int width :
       {geometry.source_width_px, geometry.input_width_px, geometry.picture_width_px, geometry.scaled_width_px})
    EXPECT_EQ(width, 136);
  for (const int height :
       {geometry.source_height_px, geometry.input_height_px, geometry.picture_height_px, geometry.scaled_height_px})
    EXPECT_EQ(height, 96);
  EXPECT_EQ(geometry.scale_x, 1);
  EXPECT_EQ(geometry.offset_y_px, 0);
}

}  // namespace
}  // namespace fsc
