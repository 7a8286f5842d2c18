// fsc-train: trains the small split network that ships, on rendered pictures, in minutes on two cores.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>

#include "core/clock.h"
#include "tools/material/scene.h"
#include "tools/material/trainer.h"

namespace fsc::material {
namespace {

constexpr uint32_t kHeldOutSeeds = 1u << 30;  // training seeds stay below
constexpr int kStepsPerLogLine = 20;

struct Options {
  TrainConfig train;
  int pictures = 1500;
  int held_out = 100;
  int width_px = 256;
  int height_px = 192;
  std::string out;
};

Status Run(const Options& options) {
  std::error_code error;
  std::filesystem::create_directories(options.out, error);
  if (error) return IoError("cannot create the folder", options.out, error.message());
  const bool terminal = isatty(STDERR_FILENO) == 1;
  const auto start = Clock::now();
  FSC_ASSIGN_OR_RETURN(const auto trainer, Trainer::Create(options.train));

  const auto rendering = [&](int done) {
    if (terminal && done % 20 == 0) fmt::print(stderr, "\rrendering {}", done);
  };
  const auto training =
      RenderDataset(1, options.pictures, options.width_px, options.height_px, options.train.threads, rendering);
  const auto held_out = RenderDataset(kHeldOutSeeds, options.held_out, options.width_px, options.height_px,
                                      options.train.threads, rendering);
  fmt::print(stderr, "{}rendered {} + {} pictures in {:.0f} s; {} weights\n", terminal ? "\r" : "", options.pictures,
             options.held_out, SecondsSince(start), trainer->parameters());

  const std::string log_path = options.out + "/training.csv";
  std::ofstream log(log_path);
  log << "steps,mean_loss\n";
  const auto train_start = Clock::now();
  double smooth = 0;
  double lately = 0;  // mean loss since the last line of the log
  FSC_RETURN_IF_ERROR(trainer->Train(training, [&](int step, double loss) {
    smooth = step == 0 ? loss : 0.98 * smooth + 0.02 * loss;
    lately += loss / kStepsPerLogLine;
    if ((step + 1) % kStepsPerLogLine == 0) {
      log << fmt::format("{},{:.4f}\n", step + 1, lately);
      lately = 0;
    }
    if (step % 10 != 0 || (!terminal && step % 100 != 0)) return;
    const double seconds = SecondsSince(train_start);
    const double left = seconds / (step + 1) * (options.train.steps - step - 1);
    fmt::print(stderr, "{}step {}/{}  loss {:.3f}  {:.1f} steps/s  {:.0f} s left {}", terminal ? "\r" : "", step,
               options.train.steps, smooth, (step + 1) / seconds, left, terminal ? "  " : "\n");
  }));
  log.close();
  if (!log) return IoError("cannot write the log", log_path, "check the space left");
  FSC_RETURN_IF_ERROR(trainer->Save(options.out));

  FSC_ASSIGN_OR_RETURN(const HeldOutScore score, trainer->Score(held_out));
  fmt::print("{}{:.0f} s in all; on {} held-out pictures: mIoU {:.2f} %, pixel accuracy {:.2f} %\n",
             terminal ? "\n" : "", SecondsSince(start), options.held_out, 100 * score.mean_iou,
             100 * score.pixel_accuracy);
  const std::vector<double> weights = trainer->LossWeights();
  fmt::print("features: L_r {:.4f}, root mean square {:.4f}; weights of cross entropy {:.4g}, of L_r {:.4g}\n",
             score.compressibility, score.feature_rms, weights[0], weights[1]);
  for (size_t n = 0; n < score.class_iou.size(); ++n) {
    fmt::print("  {:<9} IoU {:.2f} %\n", ClassNames()[n], 100 * score.class_iou[n]);
  }
  return {};
}

}  // namespace
}  // namespace fsc::material

int main(int argc, char** argv) {
  fsc::material::Options options;
  fsc::material::TrainConfig& train = options.train;
  CLI::App app{
      "Trains a small split segmentation network on rendered streets (fsc-render) and writes front.pt, back.pt,\n"
      "model.json and training.csv; prints the score on scenes that it has not seen.",
      "fsc-train"};
  app.add_option("-o,--out", options.out, "folder to write to")->required();
  app.add_option("--start", train.start, "folder of a network to go on from, instead of fresh weights");
  app.add_option("--seed", train.seed, "of weights, order and crops")->capture_default_str();
  app.add_option("--steps", train.steps)->check(CLI::Range(1, 1000000))->capture_default_str();
  app.add_option("--batch", train.batch)->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_option("--learning-rate", train.learning_rate, "at the peak")
      ->check(CLI::Range(1e-6, 1.0))
      ->capture_default_str();
  app.add_option("--compressibility", train.compressibility,
                 "weight of the compressibility loss (Alvar and Bajic, ICIP 2019) beside the cross entropy")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  app.add_flag("--relative", train.relative, "noise and loss in units of the features' root mean square");
  app.add_flag("--learn-loss-weights", train.learn_loss_weights,
               "train the weights of both losses too (Kendall), from 1 and --compressibility");
  app.add_option("--noise-step", train.noise_step, "width of the noise that stands for quantisation in training")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  app.add_option("--pictures", options.pictures, "to train on, one a scene")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_option("--held-out", options.held_out, "to score on")->check(CLI::Range(1, 100000))->capture_default_str();
  app.add_option("--threads", train.threads)->check(CLI::Range(1, 256))->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const fsc::Status status = fsc::material::Run(options);
  if (status.ok()) return 0;
  fmt::print(stderr, "fsc-train: {}\n", status.error().OneLine());
  return int(status.error().kind);
}
