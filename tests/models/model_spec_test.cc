// The JSON description: what it may say, and how it complains.
#include "models/model_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <iterator>

#include "tests/support/temporary_folder.h"

namespace fsc {
namespace {

using testing::HasSubstr;

constexpr const char* kMinimal =
    R"({"id": "tiny", "front": "f.pt", "input": {"order": "rgb"}, "layers": [{"name": "a", "channels": 3, "stride": 4}]})";

// `json` with the first `from` replaced by `to`.
std::string With(std::string json, const std::string& from, const std::string& to) {
  const size_t at = json.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return json.replace(at, from.size(), to);
}

std::string ErrorOf(const std::string& json, ErrorKind kind = ErrorKind::kBadInput) {
  const TemporaryFolder folder;
  const auto spec = ReadModelSpec(folder.Save("m.json", json), Limits{});
  if (spec.ok()) return "no error";
  EXPECT_EQ(spec.error().kind, kind) << spec.error().OneLine();
  EXPECT_THAT(spec.error().OneLine(), HasSubstr("m.json"));
  EXPECT_THAT(spec.error().OneLine(), testing::Not(HasSubstr("\n")));
  return spec.error().OneLine();
}

TEST(ModelSpec, MinimalHasTheDocumentedDefaults) {
  const TemporaryFolder folder;
  const auto spec = ReadModelSpec(folder.Save("m.json", kMinimal), Limits{});
  ASSERT_TRUE(spec.ok()) << spec.error().OneLine();
  EXPECT_EQ(spec->id, "tiny");
  EXPECT_EQ(spec->front_path, folder.File("f.pt"));
  EXPECT_EQ(spec->back_path, "");
  EXPECT_FALSE(spec->back_takes_size);
  EXPECT_TRUE(spec->input.rgb);
  EXPECT_EQ(spec->input.divide, 1.0f);
  EXPECT_EQ(spec->input.divide_after, 1.0f);
  EXPECT_EQ(spec->input.std, (std::array<float, 3>{1, 1, 1}));
  EXPECT_EQ(spec->input.resize, ResizeRule::kNone);
  EXPECT_EQ(spec->input.interpolation, Interpolation::kLinear);
  EXPECT_EQ(spec->input.multiple_px, 1);
  ASSERT_EQ(spec->layers.size(), 1u);
  EXPECT_EQ(spec->layers[0], (LayerSpec{"a", 3, 0, 0, 4, 0}));
  EXPECT_EQ(spec->task.kind, TaskKind::kNone);
}

TEST(ModelSpec, TheDocumentedExampleIsRead) {
  std::ifstream file(FSC_SOURCE_DIR "/docs/models.md");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  const size_t begin = text.find("```json\n");
  ASSERT_NE(begin, std::string::npos);
  const size_t end = text.find("```", begin + 8);
  ASSERT_NE(end, std::string::npos);
  const TemporaryFolder folder;
  ASSERT_EQ(setenv("MY_MODELS", "/somewhere", 1), 0);
  const auto spec = ReadModelSpec(folder.Save("m.json", text.substr(begin + 8, end - begin - 8)), Limits{});
  ASSERT_TRUE(spec.ok()) << spec.error().OneLine();
  EXPECT_EQ(spec->id, "detector-p3p4");
  EXPECT_EQ(spec->front_path, "/somewhere/detector_front.pt");
  EXPECT_EQ(spec->back_path, folder.File("detector_back.pt"));
  EXPECT_TRUE(spec->back_takes_size);
  EXPECT_FALSE(spec->input.rgb);
  EXPECT_EQ(spec->input.resize, ResizeRule::kLetterbox);
  EXPECT_EQ(spec->input.interpolation, Interpolation::kArea);
  EXPECT_EQ(spec->input.width_px, 640);
  EXPECT_EQ(spec->input.multiple_px, 32);
  EXPECT_EQ(spec->input.pad_value, 114.0f);
  ASSERT_EQ(spec->layers.size(), 2u);
  EXPECT_EQ(spec->layers[0], (LayerSpec{"p3", 64, 0, 0, 8, 8}));
  EXPECT_EQ(spec->layers[1], (LayerSpec{"p4", 128, 0, 0, 16, 8}));
  EXPECT_EQ(spec->task.kind, TaskKind::kDetection);
  EXPECT_THAT(spec->task.labels, testing::ElementsAre("person", "car"));
  EXPECT_EQ(spec->task.score_threshold, 0.25);
  EXPECT_EQ(spec->task.nms_iou, 0.5);
}

TEST(ModelSpec, EveryFieldIsDocumented) {
  std::ifstream file(FSC_SOURCE_DIR "/docs/models.md");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  for (const char* key :
       {"id",           "front",     "back",        "back_takes_size", "comment",    "input",
        "layers",       "task",      "order",       "divide",          "mean",       "std",
        "divide_after", "resize",    "width",       "height",          "short_side", "interpolation",
        "multiple",     "pad_value", "name",        "channels",        "stride",     "phase",
        "kind",         "labels",    "labels_file", "score_threshold", "nms_iou",    "ignore_label"}) {
    EXPECT_THAT(text, HasSubstr(std::string("| `") + key + "` |"));
  }
}

TEST(ModelSpec, MissingFileIsAnIoError) {
  const auto spec = ReadModelSpec("/nonexistent/m.json", Limits{});
  ASSERT_FALSE(spec.ok());
  EXPECT_EQ(spec.error().kind, ErrorKind::kIo);
  EXPECT_THAT(spec.error().OneLine(), HasSubstr("/nonexistent/m.json"));
}

TEST(ModelSpec, NotJson) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("not valid JSON"));
  EXPECT_THAT(ErrorOf("{\"id\": \"x\",}"), HasSubstr("byte 12"));
  EXPECT_THAT(ErrorOf(std::string(100000, '[')), HasSubstr("not valid JSON"));
  EXPECT_THAT(ErrorOf("[]"), HasSubstr("expected an object"));
  EXPECT_THAT(ErrorOf("{\"id\": \"\xff\xfe\"}"), HasSubstr("not valid JSON"));
}

TEST(ModelSpec, EveryPrefixIsRefusedAndNoFlippedByteDoesHarm) {
  const std::string json = kMinimal;
  const TemporaryFolder folder;
  for (size_t length = 0; length < json.size(); ++length) {
    const auto spec = ReadModelSpec(folder.Save("m.json", json.substr(0, length)), Limits{});
    ASSERT_FALSE(spec.ok()) << length;
    EXPECT_EQ(spec.error().kind, ErrorKind::kBadInput);
  }
  for (size_t i = 0; i < json.size(); ++i) {
    for (const int flip : {1, 2, 0x10, 0x80}) {
      std::string flipped = json;
      flipped[i] = char(flipped[i] ^ flip);
      const auto spec = ReadModelSpec(folder.Save("m.json", flipped), Limits{});
      if (spec.ok()) continue;
      EXPECT_EQ(spec.error().kind, ErrorKind::kBadInput) << flipped;
    }
  }
}

TEST(ModelSpec, LargerThanTheLimit) {
  const TemporaryFolder folder;
  Limits limits;
  limits.max_json_bytes = 50;
  const auto spec = ReadModelSpec(folder.Save("m.json", kMinimal), limits);
  ASSERT_FALSE(spec.ok());
  EXPECT_EQ(spec.error().kind, ErrorKind::kBadInput);
}

TEST(ModelSpec, UnknownMissingAndDoubleKeysAreNamed) {
  EXPECT_THAT(ErrorOf(With(kMinimal, "\"order\": \"rgb\"", "\"order\": \"rgb\", \"colour\": 1")),
              testing::AllOf(HasSubstr("unknown key \"colour\""), HasSubstr("m.json, input"),
                             HasSubstr("allowed here: order, ")));
  EXPECT_THAT(ErrorOf(With(kMinimal, "\"stride\": 4", "\"stride\": 4, \"size\": 1")),
              testing::AllOf(HasSubstr("unknown key \"size\""), HasSubstr("layers[0]"), HasSubstr("phase")));
  EXPECT_THAT(ErrorOf(With(kMinimal, ", \"stride\": 4", "")),
              testing::AllOf(HasSubstr("missing key \"stride\""), HasSubstr("layers[0]")));
  EXPECT_THAT(ErrorOf(With(kMinimal, "\"id\": \"tiny\"", "\"id\": \"tiny\", \"id\": \"other\"")),
              HasSubstr("\"id\" appears twice"));
}

TEST(ModelSpec, WrongTypesAndRangesAreNamed) {
  EXPECT_THAT(ErrorOf(With(kMinimal, "\"channels\": 3", "\"channels\": \"3\"")),
              testing::AllOf(HasSubstr("expected an integer, found string"), HasSubstr("layers[0].channels")));
  EXPECT_THAT(ErrorOf(With(kMinimal, "\"channels\": 3", "\"channels\": 2.5")), HasSubstr("expected an integer"));
  EXPECT_THAT(ErrorOf(With(kMinimal, "\"channels\": 3", "\"channels\": 0")), HasSubstr("out of range"));
  EXPECT_THAT(ErrorOf(With(kMinimal, "\"channels\": 3", "\"channels\": 1e30")), HasSubstr("expected an integer"));
  EXPECT_THAT(ErrorOf(With(kMinimal, "\"channels\": 3", "\"channels\": 99999999999999999999")),
              testing::Not(HasSubstr("no error")));
  EXPECT_THAT(ErrorOf(With(kMinimal, "\"stride\": 4", "\"stride\": 5000")), HasSubstr("4096"));
  EXPECT_THAT(ErrorOf(With(kMinimal, "\"rgb\"", "\"RGB\"")),
              testing::AllOf(HasSubstr("input.order"), HasSubstr("allowed: rgb, bgr")));
  EXPECT_THAT(ErrorOf(With(kMinimal, "\"rgb\"", "\"rgb\", \"std\": [1, 0, 1]")), HasSubstr("input.std[1]"));
  EXPECT_THAT(ErrorOf(With(kMinimal, "\"rgb\"", "\"rgb\", \"mean\": [1, 2]")), HasSubstr("array of 3 numbers"));
  EXPECT_THAT(ErrorOf(With(kMinimal, "\"rgb\"", "\"rgb\", \"divide\": 0")), HasSubstr("input.divide"));
  EXPECT_THAT(ErrorOf(With(kMinimal, "[{", "[1, {")), HasSubstr("layers[0]"));
  EXPECT_THAT(ErrorOf(With(kMinimal, "[{\"name\": \"a\", \"channels\": 3, \"stride\": 4}]", "[]")),
              HasSubstr("1..16 layers"));
  EXPECT_THAT(
      ErrorOf(With(kMinimal, "\"stride\": 4}]", "\"stride\": 4}, {\"name\": \"a\", \"channels\": 3, \"stride\": 4}]")),
      HasSubstr("two layers are called"));
}

TEST(ModelSpec, SizesGoWithTheirResizeRule) {
  EXPECT_THAT(ErrorOf(With(kMinimal, "\"rgb\"", "\"rgb\", \"width\": 64")), HasSubstr("has no meaning"));
  EXPECT_THAT(ErrorOf(With(kMinimal, "\"rgb\"", "\"rgb\", \"resize\": \"stretch\", \"width\": 64")),
              HasSubstr("missing key \"height\""));
  EXPECT_THAT(ErrorOf(With(kMinimal, "\"rgb\"", "\"rgb\", \"resize\": \"squash\"")),
              HasSubstr("none, stretch, short_side, letterbox"));
}

TEST(ModelSpec, TasksAndTheirKeys) {
  const std::string with_back =
      With(kMinimal, "\"front\": \"f.pt\"", "\"front\": \"f.pt\", \"back\": \"b.pt\", \"task\": {\"kind\": \"none\"}");
  EXPECT_EQ(ErrorOf(with_back), "no error");
  EXPECT_THAT(ErrorOf(With(with_back, "\"none\"", "\"none\", \"nms_iou\": 0.5")),
              HasSubstr("\"nms_iou\" has no meaning"));
  EXPECT_THAT(ErrorOf(With(with_back, "\"none\"", "\"detection\", \"nms_iou\": 1.5")), HasSubstr("task.nms_iou"));
  EXPECT_THAT(ErrorOf(With(with_back, "\"none\"", "\"tracking\"")),
              HasSubstr("none, classification, segmentation, detection"));
  EXPECT_THAT(ErrorOf(With(with_back, "\"none\"", "\"segmentation\", \"labels\": [\"a\", 1]")),
              HasSubstr("task.labels[1]"));
  EXPECT_THAT(ErrorOf(With(with_back, "\"none\"", "\"segmentation\", \"labels\": [\"a\"], \"labels_file\": \"l.txt\"")),
              HasSubstr("keep one"));
  EXPECT_THAT(ErrorOf(With(with_back, "\"back\": \"b.pt\", \"task\": {\"kind\": \"none\"}",
                           "\"task\": {\"kind\": \"detection\"}")),
              HasSubstr("no \"back\""));
}

TEST(ModelSpec, LabelsFromAFile) {
  const TemporaryFolder folder;
  const std::string json =
      With(kMinimal, "\"front\": \"f.pt\"",
           "\"front\": \"f.pt\", \"back\": \"b.pt\", \"task\": {\"kind\": \"detection\", \"labels_file\": \"l.txt\"}");
  const std::string path = folder.Save("m.json", json);
  const auto missing = ReadModelSpec(path, Limits{});
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().kind, ErrorKind::kIo);
  EXPECT_THAT(missing.error().OneLine(), HasSubstr("l.txt"));
  folder.Save("l.txt", "cat\r\ndog\n");
  const auto spec = ReadModelSpec(path, Limits{});
  ASSERT_TRUE(spec.ok()) << spec.error().OneLine();
  EXPECT_THAT(spec->task.labels, testing::ElementsAre("cat", "dog"));
  folder.Save("l.txt", "cat\n\ndog\n");
  const auto gap = ReadModelSpec(path, Limits{});
  ASSERT_FALSE(gap.ok());
  EXPECT_THAT(gap.error().OneLine(), HasSubstr("line 2"));
}

TEST(ModelSpec, EnvironmentVariablesInPaths) {
  const TemporaryFolder folder;
  unsetenv("FSC_TEST_NO_SUCH");
  EXPECT_THAT(ErrorOf(With(kMinimal, "f.pt", "${FSC_TEST_NO_SUCH}/f.pt")),
              testing::AllOf(HasSubstr("FSC_TEST_NO_SUCH is not set"), HasSubstr("front")));
  EXPECT_THAT(ErrorOf(With(kMinimal, "f.pt", "${FSC_TEST_NO_SUCH/f.pt")), HasSubstr("malformed"));
  ASSERT_EQ(setenv("FSC_TEST_FOLDER", "/x", 1), 0);
  const auto spec = ReadModelSpec(folder.Save("m.json", With(kMinimal, "f.pt", "${FSC_TEST_FOLDER}/$f.pt")), Limits{});
  ASSERT_TRUE(spec.ok());
  EXPECT_EQ(spec->front_path, "/x/$f.pt");
}

}  // namespace
}  // namespace fsc
