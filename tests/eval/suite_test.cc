// What a suite may say, and what it may not.
#include "eval/suite.h"

#include <cstdlib>
#include <nlohmann/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fsc {
namespace {

using ::testing::HasSubstr;

Result<EncoderConfig> ParseOptions(const std::string& text, CoderKind) {
  if (text.find("--bogus") != std::string::npos) return Usage("unknown option", "--bogus");
  EncoderConfig config;
  config.mode = text.find("h264") != std::string::npos  ? "h264"
                : text.find("png") != std::string::npos ? "png"
                                                        : "hevc";
  return config;
}

nlohmann::json GoodSuite() {
  return nlohmann::json::parse(R"({
    "name": "s", "anchor": "a", "fit": "pchip",
    "models": [{"name": "m", "path": "m.json"}, {"name": "n", "path": "/abs/n.json"}],
    "clips": [{"name": "v", "path": "clips/v.mp4", "frames": [2, 10], "size": [64, 32], "models": ["m"], "truth": {"kind": "mot", "path": "gt.txt", "label": 0}},
              {"name": "t", "path": "t.npy", "strides": [8]}],
    "configs": [{"name": "a", "encode": "--mode hevc", "qps": [20, 30]},
                {"name": "b", "encode": "--mode hevc", "qps": {"default": [1], "m": [5, 6, 7]}},
                {"name": "far", "remote": "--mode h264", "qps": [30]},
                {"name": "raw", "raw": true}]})");
}

Result<Suite> Parse(const nlohmann::json& json) {
  return ParseSuite(json.dump(), "/home/x/suite.json", ParseOptions);
}

TEST(Suite, ReadsEverything) {
  const Result<Suite> suite = Parse(GoodSuite());
  ASSERT_TRUE(suite.ok()) << suite.error().OneLine();
  EXPECT_EQ(suite->fit, CurveFit::kPchip);
  EXPECT_EQ(suite->models[0].path, "/home/x/m.json");
  EXPECT_EQ(suite->models[1].path, "/abs/n.json");
  EXPECT_EQ(suite->clips[0].path, "/home/x/clips/v.mp4");
  EXPECT_EQ(suite->clips[0].first_frame, 2);
  EXPECT_EQ(suite->clips[0].end_frame, 10);
  EXPECT_EQ(suite->clips[0].truth->kind, TruthKind::kMot);
  EXPECT_TRUE(suite->clips[1].tensors);
  // v through m: 2 + 3 + 1 remote + 1 raw. t without a network: 2 + 1 + 0 + 1.
  const std::vector<PointPlan> plans = PlanPoints(*suite);
  EXPECT_EQ(plans.size(), 11u);
  EXPECT_EQ(plans[2].qp, 5);
  EXPECT_EQ(plans[6].qp, -1);
  EXPECT_EQ(plans[7].ModelName(), "tensors");
}

TEST(Suite, ProfilesAreForTheirModels) {
  nlohmann::json json = GoodSuite();
  json["configs"][1]["profiles"] = {{"m", "profiles/m.fscp"}};
  json["clips"][0].erase("models");
  const Result<Suite> suite = Parse(json);
  ASSERT_TRUE(suite.ok()) << suite.error().OneLine();
  int with_profile = 0;
  for (const PointPlan& plan : PlanPoints(*suite)) {
    if (plan.config->name != "b") {
      EXPECT_EQ(plan.ProfilePath(), "");
      continue;
    }
    EXPECT_EQ(plan.ModelName(), "m");  // neither n nor the bare tensors
    EXPECT_EQ(plan.ProfilePath(), "/home/x/profiles/m.fscp");
    ++with_profile;
  }
  EXPECT_EQ(with_profile, 3);

  const auto refusal = [&](const char* config, const nlohmann::json& profiles) {
    nlohmann::json bad = GoodSuite();
    for (nlohmann::json& entry : bad["configs"]) {
      if (entry["name"] == config) entry["profiles"] = profiles;
    }
    const Result<Suite> parsed = Parse(bad);
    return parsed.ok() ? std::string() : parsed.error().OneLine();
  };
  EXPECT_THAT(refusal("b", {{"x", "p"}}), HasSubstr("unknown model x"));
  EXPECT_THAT(refusal("b", {{"m", 3}}), HasSubstr("expected a string, found number"));
  EXPECT_THAT(refusal("b", "p.fscp"), HasSubstr("expected an object of one path a model"));
  EXPECT_THAT(refusal("far", {{"m", "p"}}), HasSubstr("only encode takes profiles"));
}

TEST(Suite, EnvironmentVariablesInPaths) {
  nlohmann::json json = GoodSuite();
  json["clips"][0]["path"] = "${FSC_SUITE_TEST_DIR}/v.mp4";
  ::unsetenv("FSC_SUITE_TEST_DIR");
  const Result<Suite> missing = Parse(json);
  ASSERT_FALSE(missing.ok());
  EXPECT_THAT(missing.error().OneLine(), HasSubstr("FSC_SUITE_TEST_DIR"));
  ::setenv("FSC_SUITE_TEST_DIR", "/data", 1);
  EXPECT_EQ(Parse(json)->clips[0].path, "/data/v.mp4");
}

// Each change of the good suite gives an error that names the entry.
TEST(Suite, ErrorsNameTheEntry) {
  const struct {
    const char* patch;  // RFC 7386 merge patch, or a JSON patch when it is a list
    const char* expected;
  } cases[] = {
      {R"([{"op": "add", "path": "/colour", "value": 1}])", "unknown key \"colour\""},
      {R"([{"op": "add", "path": "/clips/1/colour", "value": 1}])", "clips[1]"},
      {R"([{"op": "add", "path": "/configs/0/colour", "value": 1}])", "configs[0]"},
      {R"([{"op": "add", "path": "/models/1/colour", "value": 1}])", "models[1]"},
      {R"([{"op": "add", "path": "/clips/0/truth/colour", "value": 1}])", "clips[0].truth"},
      {R"([{"op": "remove", "path": "/name"}])", "missing key \"name\": /home/x/suite.json"},
      {R"([{"op": "remove", "path": "/clips/0/path"}])", "missing key \"path\": /home/x/suite.json, clips[0]"},
      {R"([{"op": "replace", "path": "/clips/0/name", "value": 3}])",
       "expected a string, found number: /home/x/suite.json, clips[0].name"},
      {R"([{"op": "replace", "path": "/clips/0/frames", "value": [10, 2]}])", "clips[0].frames"},
      {R"([{"op": "replace", "path": "/clips/0/frames", "value": [-1, 2]}])", "clips[0].frames"},
      {R"([{"op": "replace", "path": "/clips/0/size", "value": [64]}])", "clips[0].size"},
      {R"([{"op": "add", "path": "/clips/1/size", "value": [64, 64]}])", "clips[1].size"},
      {R"([{"op": "add", "path": "/clips/0/input_size", "value": [64, 64]}])",
       "sizes are told of tensors; pictures have their own: /home/x/suite.json, clips[0].input_size"},
      {R"([{"op": "add", "path": "/clips/0/source_size", "value": [64, 64]}])", "clips[0].source_size"},
      {R"([{"op": "add", "path": "/clips/1/input_size", "value": [64]}])",
       "not a size [width, height]: /home/x/suite.json, clips[1].input_size"},
      {R"([{"op": "add", "path": "/clips/1/input_size", "value": [64, 32, 3]}])", "clips[1].input_size"},
      {R"([{"op": "add", "path": "/clips/1/input_size", "value": [64, 0]}])", "clips[1].input_size[1]"},
      {R"([{"op": "add", "path": "/clips/1/source_size", "value": [16385, 32]}])",
       "value 16385 is out of range: /home/x/suite.json, clips[1].source_size[0]: allowed: 1.0 to 16384.0"},
      {R"([{"op": "add", "path": "/clips/1/source_size", "value": "640x480"}])", "clips[1].source_size"},
      {R"([{"op": "add", "path": "/clips/0/strides", "value": [8]}])", "clips[0] v: strides"},
      {R"([{"op": "add", "path": "/clips/1/models", "value": ["m"]}])", "clips[1] t: strides"},
      {R"([{"op": "add", "path": "/clips/1/fps", "value": "30/0"}])",
       "not a frame rate: \"30/0\": /home/x/suite.json, clips[1].fps"},
      {R"([{"op": "add", "path": "/clips/1/fps", "value": "fast"}])", "clips[1].fps"},
      {R"([{"op": "add", "path": "/clips/1/fps", "value": 0}])", "not a frame rate: 0"},
      {R"([{"op": "add", "path": "/clips/1/fps", "value": -25}])", "clips[1].fps"},
      {R"([{"op": "add", "path": "/clips/1/fps", "value": 10001}])", "0.001 to 10000"},
      {R"([{"op": "add", "path": "/clips/1/fps", "value": [30000, 1001]}])", "clips[1].fps"},
      {R"([{"op": "add", "path": "/clips/1/fps", "value": true}])", "clips[1].fps"},
      {R"([{"op": "replace", "path": "/clips/0/models", "value": ["zz"]}])", "unknown model zz"},
      {R"([{"op": "replace", "path": "/clips/0/truth/kind", "value": "zz"}])", "label_images, mask_boxes, mot"},
      {R"([{"op": "remove", "path": "/clips/0/truth/label"}])", "truth.label"},
      {R"([{"op": "replace", "path": "/clips/0/truth/kind", "value": "yolo_boxes"}])",
       "no such key: /home/x/suite.json, clips[0].truth.label"},
      {R"([{"op": "replace", "path": "/clips/0/truth",
            "value": {"kind": "track_rects", "path": "t.txt", "mot_class": 1}}])",
       "clips[0].truth.mot_class"},
      {R"([{"op": "replace", "path": "/clips/0/truth",
            "value": {"kind": "mask_boxes", "path": "t", "label": 1, "min_visibility": 0.5}}])",
       "clips[0].truth.min_visibility"},
      {R"([{"op": "replace", "path": "/clips/1/name", "value": "v"}])", "name used twice: v"},
      {R"([{"op": "replace", "path": "/clips/1/name", "value": ""}])", "clips[1].name"},
      {R"([{"op": "replace", "path": "/anchor", "value": "zz"}])", "anchor"},
      {R"([{"op": "replace", "path": "/fit", "value": "linear"}])", "fit"},
      {R"([{"op": "replace", "path": "/configs/0/encode", "value": "--bogus"}])", "configs[0]: --bogus"},
      {R"([{"op": "replace", "path": "/configs/2/remote", "value": "--mode png"}])", "configs[2].remote"},
      {R"([{"op": "replace", "path": "/configs/0/qps", "value": [64]}])",
       "value 64 is out of range: /home/x/suite.json, configs[0].qps[0]: allowed: 0.0 to 63.0"},
      {R"([{"op": "replace", "path": "/configs/0/qps", "value": [1.5]}])", "expected an integer, found number"},
      {R"([{"op": "replace", "path": "/configs/1/qps", "value": {"zz": [1]}}])", "unknown model zz"},
      {R"([{"op": "remove", "path": "/configs/0/qps"}])", "needs a list of QPs"},
      {R"([{"op": "add", "path": "/configs/3/qps", "value": [1]}])", "raw has no QP"},
      {R"([{"op": "add", "path": "/configs/3/encode", "value": ""}])", "exactly one of encode, remote and raw"},
      {R"([{"op": "replace", "path": "/clips", "value": []}])", "no clips"},
      {R"([{"op": "replace", "path": "/configs", "value": {}}])", "expected a list, found object"},
      {R"([{"op": "replace", "path": "/models", "value": []}, {"op": "remove", "path": "/clips/0/models"}, {"op": "replace", "path": "/configs/1/qps", "value": [1]}])",
       "a video needs a model"},
  };
  for (const auto& c : cases) {
    const Result<Suite> suite = Parse(GoodSuite().patch(nlohmann::json::parse(c.patch)));
    ASSERT_FALSE(suite.ok()) << c.patch;
    EXPECT_EQ(suite.error().kind, ErrorKind::kBadInput) << c.patch;
    EXPECT_THAT(suite.error().OneLine(), HasSubstr(c.expected));
    EXPECT_THAT(suite.error().OneLine(), HasSubstr("suite.json"));
  }
}

TEST(Suite, FrameRatesAsPeopleWriteThem) {
  EXPECT_FALSE(Parse(GoodSuite())->clips[1].frame_rate.has_value());
  const struct {
    nlohmann::json fps;
    TimeBase expected;
  } cases[] = {{25, {25, 1}},       {29.97, {30000, 1001}}, {"30000/1001", {30000, 1001}},
               {"12.5", {25, 2}},   {12.5, {25, 2}},        {0.001, {1, 1000}},
               {10000, {10000, 1}}, {"50/2", {25, 1}},      {23.976, {24000, 1001}}};
  for (const auto& c : cases) {
    nlohmann::json json = GoodSuite();
    json["clips"][1]["fps"] = c.fps;
    const Result<Suite> suite = Parse(json);
    ASSERT_TRUE(suite.ok()) << c.fps << suite.error().OneLine();
    EXPECT_EQ(suite->clips[1].frame_rate, c.expected) << c.fps;
  }
}

TEST(Suite, SizesOfTensorsAreTold) {
  EXPECT_EQ(Parse(GoodSuite())->clips[1].input_width_px, 0);
  EXPECT_EQ(Parse(GoodSuite())->clips[1].source_height_px, 0);
  nlohmann::json json = GoodSuite();
  json["clips"][1]["input_size"] = {256, 192};
  json["clips"][1]["source_size"] = {16384, 1};
  const Result<Suite> suite = Parse(json);
  ASSERT_TRUE(suite.ok()) << suite.error().OneLine();
  const SuiteClip& clip = suite->clips[1];
  EXPECT_EQ(clip.input_width_px, 256);
  EXPECT_EQ(clip.input_height_px, 192);
  EXPECT_EQ(clip.source_width_px, 16384);
  EXPECT_EQ(clip.source_height_px, 1);
  EXPECT_EQ(clip.width_px, 0) << "nothing is resized";
}

TEST(Suite, BrokenTextAndMissingFile) {
  for (const char* text : {"", "{", "[]", "3", "{\"name\": 1}", "nul", "{\"name\": \"a\", \"name\": \"b\"}"})
    EXPECT_FALSE(ParseSuite(text, "s.json", ParseOptions).ok()) << text;
  const Result<Suite> missing = ReadSuite("/nowhere/suite.json", ParseOptions, Limits{});
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().kind, ErrorKind::kIo);
}

}  // namespace
}  // namespace fsc
