// The training of the network that ships, in miniature: the loss falls, the run repeats, what is saved is what was
// scored.
#include <gtest/gtest.h>

#include <filesystem>
#include <numeric>

#include "models/split_model.h"
#include "tests/support/temporary_folder.h"
#include "tools/material/scene.h"
#include "tools/material/trainer.h"

namespace fsc::material {
namespace {

TrainConfig SmallConfig() {
  TrainConfig config;
  config.steps = 40;
  config.batch = 4;
  config.crop_width_px = 96;
  config.crop_height_px = 64;
  config.threads = 1;
  return config;
}

std::vector<double> LossesOf(Trainer* trainer, const std::vector<LabelledPicture>& pictures) {
  std::vector<double> losses;
  const Status status = trainer->Train(pictures, [&](int, double loss) { losses.push_back(loss); });
  EXPECT_TRUE(status.ok()) << status.error().OneLine();
  return losses;
}

TEST(MaterialTrain, LossFalls) {
  const auto pictures = RenderDataset(1, 12, 128, 96, 2, {});
  auto trainer = Trainer::Create(SmallConfig());
  ASSERT_TRUE(trainer.ok());
  EXPECT_LT(trainer.value()->parameters() * 4, 1000000) << "more than 1 MB of weights";
  const std::vector<double> losses = LossesOf(trainer.value().get(), pictures);
  ASSERT_EQ(losses.size(), 40u);
  const double first = std::accumulate(losses.begin(), losses.begin() + 5, 0.0) / 5;
  const double last = std::accumulate(losses.end() - 5, losses.end(), 0.0) / 5;
  EXPECT_LT(last, 0.75 * first);
}

TEST(MaterialTrain, RunsRepeat) {
  const auto pictures = RenderDataset(1, 4, 96, 64, 2, {});
  TrainConfig config = SmallConfig();
  config.steps = 5;
  config.threads = 2;
  std::vector<double> losses[2];
  for (std::vector<double>& run : losses) {
    auto trainer = Trainer::Create(config);
    ASSERT_TRUE(trainer.ok());
    run = LossesOf(trainer.value().get(), pictures);
  }
  ASSERT_EQ(losses[0].size(), 5u);
  EXPECT_EQ(losses[0], losses[1]);
}

TEST(MaterialTrain, RefusesWhatItCannotTrainOn) {
  TrainConfig config = SmallConfig();
  config.crop_width_px = 100;
  EXPECT_FALSE(Trainer::Create(config).ok());

  config = SmallConfig();
  config.noise_step = -1;
  EXPECT_EQ(Trainer::Create(config).error().kind, ErrorKind::kUsage);
  config = SmallConfig();
  config.learn_loss_weights = true;
  EXPECT_EQ(Trainer::Create(config).error().kind, ErrorKind::kUsage);

  auto trainer = Trainer::Create(SmallConfig());
  ASSERT_TRUE(trainer.ok());
  EXPECT_EQ(trainer.value()->Train({}, {}).error().kind, ErrorKind::kUsage);
  EXPECT_EQ(trainer.value()->Train(RenderDataset(1, 1, 64, 48, 1, {}), {}).error().kind, ErrorKind::kUsage);
}

TEST(MaterialTrain, CompressibilityLowersTheRateOfTheFeatures) {
  const auto pictures = RenderDataset(1, 8, 96, 64, 2, {});
  TrainConfig config = SmallConfig();
  config.steps = 25;
  config.noise_step = 0.5;
  std::vector<double> rates;  // L_r of features of one size
  for (const double weight : {0.0, 1.0}) {
    config.compressibility = weight;
    auto trainer = Trainer::Create(config);
    ASSERT_TRUE(trainer.ok());
    LossesOf(trainer.value().get(), pictures);
    const auto score = trainer.value()->Score(pictures);
    ASSERT_TRUE(score.ok());
    rates.push_back(score->compressibility / score->feature_rms);
    EXPECT_EQ(trainer.value()->LossWeights(), (std::vector<double>{1.0, weight}));
  }
  EXPECT_LT(rates[1], 0.8 * rates[0]);
}

TEST(MaterialTrain, RelativeLossDoesNotShrinkTheFeatures) {
  const auto pictures = RenderDataset(1, 8, 96, 64, 2, {});
  TrainConfig config = SmallConfig();
  config.steps = 25;
  config.noise_step = 0.5;
  config.compressibility = 1;
  std::vector<HeldOutScore> scores;
  for (const bool relative : {false, true}) {
    config.relative = relative;
    auto trainer = Trainer::Create(config);
    ASSERT_TRUE(trainer.ok());
    LossesOf(trainer.value().get(), pictures);
    const auto score = trainer.value()->Score(pictures);
    ASSERT_TRUE(score.ok());
    scores.push_back(*score);
  }
  EXPECT_GT(scores[1].feature_rms, 1.2 * scores[0].feature_rms);
}

TEST(MaterialTrain, LearnedLossWeightsMove) {
  const auto pictures = RenderDataset(1, 4, 96, 64, 2, {});
  TrainConfig config = SmallConfig();
  config.steps = 10;
  config.compressibility = 0.5;
  config.learn_loss_weights = true;
  auto trainer = Trainer::Create(config);
  ASSERT_TRUE(trainer.ok());
  LossesOf(trainer.value().get(), pictures);
  const std::vector<double> weights = trainer.value()->LossWeights();
  ASSERT_EQ(weights.size(), 2u);
  EXPECT_LT(weights[0], 1.0);  // the cross entropy starts near 2, where its weight belongs at 1/4
  EXPECT_GT(weights[0], 0.0);
  EXPECT_GT(weights[1], 0.0);
  EXPECT_NE(weights[1], 0.5);
}

TEST(MaterialTrain, SavedNetworkGivesTheTrainersPredictions) {
  const auto pictures = RenderDataset(1, 4, 128, 96, 2, {});
  TrainConfig config = SmallConfig();
  config.steps = 10;
  auto trainer = Trainer::Create(config);
  ASSERT_TRUE(trainer.ok());
  LossesOf(trainer.value().get(), pictures);
  const TemporaryFolder temporary;
  const std::filesystem::path folder = temporary.path();
  ASSERT_TRUE(trainer.value()->Save(folder.string()).ok());
  const auto expected = trainer.value()->Score(pictures);
  ASSERT_TRUE(expected.ok());

  const auto spec = ReadModelSpec((folder / "model.json").string(), Limits());
  ASSERT_TRUE(spec.ok()) << spec.error().OneLine();
  const auto model = SplitModel::Load(*spec, {});
  ASSERT_TRUE(model.ok()) << model.error().OneLine();
  int64_t right = 0, all = 0;
  for (const LabelledPicture& picture : pictures) {
    auto front = model.value()->RunFront(picture.image);
    ASSERT_TRUE(front.ok()) << front.error().OneLine();
    ASSERT_EQ(front->frame.layers[0].channels(), 64);
    ASSERT_EQ(front->frame.layers[0].width_cells(), 16);
    auto result = model.value()->RunBack(front->frame, front->geometry);
    ASSERT_TRUE(result.ok()) << result.error().OneLine();
    for (size_t n = 0; n < result->labels.size(); ++n) right += result->labels[n] == picture.labels.samples()[n];
    all += int64_t(result->labels.size());
  }
  // Not one pixel in a thousand may differ: logits that tie in the last bits.
  EXPECT_NEAR(double(right) / double(all), expected->pixel_accuracy, 1e-3);

  config.start = folder.string();
  config.seed = 2;
  const auto next = Trainer::Create(config);
  ASSERT_TRUE(next.ok()) << next.error().OneLine();
  const auto score = next.value()->Score(pictures);
  ASSERT_TRUE(score.ok());
  EXPECT_EQ(score->pixel_accuracy, expected->pixel_accuracy) << "training goes on from what was saved";
  std::filesystem::copy_file(folder / "front.pt", folder / "back.pt",
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(Trainer::Create(config).error().kind, ErrorKind::kBadInput);
  std::filesystem::remove(folder / "back.pt");
  EXPECT_EQ(Trainer::Create(config).error().kind, ErrorKind::kIo);
}

}  // namespace
}  // namespace fsc::material
