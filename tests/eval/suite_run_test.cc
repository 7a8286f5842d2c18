// Suites on tensors, which need no network: resuming, repeating, failing.
#include "eval/suite_run.h"

#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eval/job_pool.h"
#include "eval/processor.h"
#include "eval/result_files.h"
#include "streams/tensor_file.h"
#include "tests/support/temporary_folder.h"

namespace fsc {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class SuiteRunTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::vector<LayerSpec> layers = {{"a", 6, 18, 22}, {"b", 3, 9, 11}};
    auto sink = CreateTensorFile((folder_ / "clip.npz").string(), layers, TensorType::kFloat32);
    ASSERT_TRUE(sink.ok());
    for (int t = 0; t < 5; ++t) {
      FeatureFrame frame;
      for (const LayerSpec& layer : layers) {
        Tensor tensor(layer.channels, layer.height_cells, layer.width_cells);
        for (size_t i = 0; i < tensor.size(); ++i) tensor.values()[i] = std::sin(0.1f * float(i) + 0.3f * float(t));
        frame.layers.push_back(std::move(tensor));
      }
      ASSERT_TRUE((*sink)->Write(frame).ok());
    }
    ASSERT_TRUE((*sink)->Finish().ok());
  }

  Suite MakeSuite(const std::string& configs) {
    const std::string text =
        R"({"name": "t", "anchor": "png", "clips": [{"name": "c", "path": "clip.npz", "strides": [4, 8], "frames": [1, 5], "fps": 10}], "configs": )" +
        configs + "}";
    const OptionParser parse = [](const std::string& options, CoderKind) -> Result<EncoderConfig> {
      EncoderConfig config;
      config.mode = options;
      config.gop_frames = 4;
      return config;
    };
    Result<Suite> suite = ParseSuite(text, (folder_ / "suite.json").string(), parse);
    EXPECT_TRUE(suite.ok()) << suite.error().OneLine();
    return *suite;
  }

  SuiteOutcome Run(const Suite& suite, const std::string& name, int jobs) {
    SuiteRunOptions options;
    options.folder = (folder_ / name).string();
    LocalEngine engine(jobs);
    options.engine = &engine;
    Result<SuiteOutcome> outcome = RunSuite(suite, options, Limits{});
    EXPECT_TRUE(outcome.ok()) << outcome.error().OneLine();
    return outcome.ok() ? std::move(*outcome) : SuiteOutcome{};
  }

  const TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
};

constexpr char kTwoConfigs[] = R"([{"name": "raw", "raw": true}, {"name": "png", "encode": "png", "qps": [0]}])";

TEST_F(SuiteRunTest, LosslessAndRawByHand) {
  const SuiteOutcome outcome = Run(MakeSuite(kTwoConfigs), "out", 1);
  ASSERT_EQ(outcome.points.size(), 2u);
  const EvalPoint& raw = outcome.points[0];
  ASSERT_EQ(raw.error, "");
  EXPECT_EQ(raw.frames, 4);
  EXPECT_LT(raw.value("nrmse"), 2e-4) << "half floats keep 11 bits";
  EXPECT_GT(raw.value("nrmse"), 0);
  const double elements = 4 * (6 * 18 * 22 + 3 * 9 * 11);
  EXPECT_DOUBLE_EQ(raw.value("bits_per_element"), 8 * raw.value("bytes") / elements);
  EXPECT_DOUBLE_EQ(raw.value("kbit_per_s"), 8 * raw.value("bytes") / 1000 / 0.4);
  EXPECT_EQ(raw.value("header_bytes"), 16);
  EXPECT_EQ(raw.frame_bits.size(), 4u);
  for (const EvalPoint& p : outcome.points) {
    EXPECT_DOUBLE_EQ(p.value("bytes"), p.value("header_bytes") + p.value("side_bytes") + p.value("motion_bytes") +
                                           p.value("residual_bytes"));
    EXPECT_EQ(p.frame_nrmse.size(), 4u);
    EXPECT_EQ(p.processor, ProcessorName());
    EXPECT_FALSE(p.has("accuracy"));
  }
  for (const char* file :
       {"results.csv", "results.md", "report.html", "runs/tensors/png/c.json", "runs/tensors/png/summary.csv"}) {
    EXPECT_TRUE(fs::exists(folder_ / "out" / file)) << file;
  }
}

TEST_F(SuiteRunTest, TwoRunsGiveTheSameNumbersAndAThirdRedoesNothing) {
  const Suite suite = MakeSuite(kTwoConfigs);
  const SuiteOutcome one = Run(suite, "one", 1);
  const SuiteOutcome two = Run(suite, "two", 3);
  EXPECT_EQ(ResultsCsv(one.points, false), ResultsCsv(two.points, false));
  EXPECT_EQ(one.reused, 0);
  const SuiteOutcome again = Run(suite, "one", 2);
  EXPECT_EQ(again.reused, 2);
  EXPECT_EQ(ResultsCsv(again.points), ResultsCsv(one.points)) << "times too: nothing was measured again";
}

TEST_F(SuiteRunTest, SizesOfTensorsAreInTheirStreams) {
  Suite suite = MakeSuite(kTwoConfigs);
  const SuiteOutcome unknown = Run(suite, "out", 1);
  EXPECT_FALSE(unknown.points[1].has("bits_per_pixel"));
  SuiteClip& clip = suite.clips[0];
  clip.input_width_px = 88;
  clip.input_height_px = 72;
  clip.source_width_px = 640;
  clip.source_height_px = 480;
  const SuiteOutcome told = Run(suite, "out", 1);
  EXPECT_EQ(told.reused, 0) << "other sizes make another stream";
  const EvalPoint& png = told.points[1];
  EXPECT_EQ(png.value("header_bytes"), unknown.points[1].value("header_bytes") + 2)
      << "640 and 480 take two bytes each";
  EXPECT_EQ(png.value("residual_bytes"), unknown.points[1].value("residual_bytes"));
  EXPECT_DOUBLE_EQ(png.value("bits_per_pixel"), 8 * png.value("bytes") / (4 * 88 * 72));
  EXPECT_THAT(png.command, HasSubstr("--input-size 88x72 --source-size 640x480"));
}

TEST_F(SuiteRunTest, InterruptedRunGoesOnWhereItStopped) {
  const Suite suite = MakeSuite(kTwoConfigs);
  Run(suite, "out", 1);
  // As after a kill: one point missing, another half written.
  auto file = fs::directory_iterator(folder_ / "out" / "points");
  const fs::path victim = file->path();
  fs::rename(victim, victim.string() + ".part");
  EXPECT_EQ(Run(suite, "out", 1).reused, 1);
  // A changed clip is a new clip.
  fs::last_write_time(folder_ / "clip.npz", fs::file_time_type::clock::now() + std::chrono::seconds(5));
  EXPECT_EQ(Run(suite, "out", 1).reused, 0);
}

TEST_F(SuiteRunTest, FailuresAreRowsAndAreTriedAgain) {
  const Suite suite = MakeSuite(
      R"([{"name": "broken", "encode": "no-such-encoder", "qps": [1, 2]}, {"name": "png", "encode": "png", "qps": [0]}])");
  const SuiteOutcome outcome = Run(suite, "out", 2);
  EXPECT_EQ(outcome.failed, 2);
  EXPECT_THAT(outcome.points[0].error, HasSubstr("no-such-encoder"));
  EXPECT_EQ(outcome.points[2].error, "");
  std::ifstream csv(folder_ / "out" / "results.csv");
  EXPECT_THAT(std::string(std::istreambuf_iterator<char>(csv), {}), HasSubstr("no-such-encoder"));
  const SuiteOutcome again = Run(suite, "out", 1);
  EXPECT_EQ(again.failed, 2);
  EXPECT_EQ(again.reused, 1);
}

TEST_F(SuiteRunTest, ChecksComeBeforeWork) {
  Suite suite = MakeSuite(kTwoConfigs);
  suite.clips[0].strides_px = {4};
  SuiteRunOptions options;
  options.folder = (folder_ / "out").string();
  LocalEngine engine(1);
  options.engine = &engine;
  Result<SuiteOutcome> outcome = RunSuite(suite, options, Limits{});
  ASSERT_FALSE(outcome.ok());
  EXPECT_THAT(outcome.error().OneLine(), HasSubstr("clip c"));
  EXPECT_FALSE(fs::exists(folder_ / "out" / "points"));
  fs::remove(folder_ / "clip.npz");
  outcome = RunSuite(MakeSuite(kTwoConfigs), options, Limits{});
  ASSERT_FALSE(outcome.ok());
  EXPECT_THAT(outcome.error().OneLine(), HasSubstr("clip.npz"));
}

TEST(JobPool, FailuresCrashesAndExceptionsStayInTheirJob) {
  std::vector<std::string> outcomes(4);
  std::vector<Job> jobs(4);
  jobs[0].run = [] { return Status(); };
  jobs[1].run = []() -> Status { return BadInput("wrong", "here", "do that"); };
  jobs[2].run = []() -> Status {
    ::raise(SIGKILL);
    return {};
  };
  jobs[3].run = []() -> Status { throw std::runtime_error("thrown"); };
  for (size_t i = 0; i < jobs.size(); ++i) {
    jobs[i].name = "job " + std::to_string(i);
    jobs[i].done = [&outcomes, i](const Status& status) {
      outcomes[i] = status.ok() ? "fine" : status.error().OneLine();
    };
  }
  ASSERT_TRUE(RunJobs(jobs, 2).ok());
  EXPECT_EQ(outcomes[0], "fine");
  EXPECT_EQ(outcomes[1], "wrong: here: do that");
  EXPECT_THAT(outcomes[2], HasSubstr("Killed"));
  EXPECT_THAT(outcomes[3], HasSubstr("thrown"));
}

}  // namespace
}  // namespace fsc
