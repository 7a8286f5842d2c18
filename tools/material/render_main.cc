// fsc-render: draws a short street clip from a seed, with the class of every pixel and the boxes of what moves.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <opencv2/imgcodecs.hpp>

#include "fsc/status.h"
#include "streams/video_writer.h"
#include "tools/material/frame_renderer.h"

namespace fsc::material {
namespace {

namespace fs = std::filesystem;

constexpr int kNearLossless = 15;  // x264's constant rate factor

struct RenderOptions {
  uint32_t seed = 1;
  int frames = 48;
  int width_px = 256;
  int height_px = 192;
  int frame_rate = 25;
  std::string out;
  bool video = false;
};

Status WritePicture(const fs::path& path, const cv::Mat& picture) {
  bool written = false;
  try {
    written = cv::imwrite(path.string(), picture);
  } catch (const cv::Exception&) {
    written = false;
  }
  if (!written) return IoError("cannot write the picture", path.string(), "check the folder and the space left");
  return {};
}

Status Render(const RenderOptions& options) {
  const fs::path folder = options.out;
  std::error_code error;
  if (!options.video) fs::create_directories(folder / "frame", error);
  if (!error) fs::create_directories(folder / "label", error);
  if (error) return IoError("cannot create the folder", options.out, error.message());

  std::unique_ptr<VideoWriter> clip;
  if (options.video) {
    // One thread: the bytes must not depend on the machine.
    const VideoWriterConfig config{.width_px = options.width_px,
                                   .height_px = options.height_px,
                                   .time_base = {1, options.frame_rate},
                                   .frame_rate = {options.frame_rate, 1},
                                   .crf = kNearLossless,
                                   .threads = 1};
    FSC_ASSIGN_OR_RETURN(clip, CreateVideoWriter((folder / "clip.mp4").string(), config));
  }
  const Scene scene = MakeScene(options.seed);
  std::string boxes;
  const bool terminal = isatty(STDERR_FILENO) == 1;
  for (int n = 0; n < options.frames; ++n) {
    RenderedFrame frame = RenderFrame(scene, n, float(options.frame_rate), options.width_px, options.height_px);
    const std::string name = fmt::format("{:04d}.png", n);
    if (options.video) {
      FSC_RETURN_IF_ERROR(clip->Write(frame.image, n));
    } else {
      FSC_RETURN_IF_ERROR(WritePicture(folder / "frame" / name,
                                       cv::Mat(options.height_px, options.width_px, CV_8UC3, frame.image.bgr.data())));
    }
    FSC_RETURN_IF_ERROR(WritePicture(
        folder / "label" / name, cv::Mat(options.height_px, options.width_px, CV_8UC1, frame.labels.samples().data())));
    for (const TrackBox& box : frame.boxes) {
      boxes += fmt::format("{},{},{},{},{},{},1,{},{:.3f}\n", n + 1, box.track_id, box.left_px, box.top_px,
                           box.width_px, box.height_px, int(box.label), box.visibility);
    }
    if (terminal) fmt::print(stderr, "\rrendering {}/{}", n + 1, options.frames);
  }
  if (terminal) fmt::print(stderr, "\n");
  if (clip != nullptr) FSC_RETURN_IF_ERROR(clip->Finish());

  const std::string path = (folder / "boxes.txt").string();
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) return IoError("cannot write the boxes", path, "check the folder");
  const bool complete = std::fwrite(boxes.data(), 1, boxes.size(), file) == boxes.size();
  if (std::fclose(file) != 0 || !complete) return IoError("cannot write the boxes", path, "check the space left");
  return {};
}

}  // namespace
}  // namespace fsc::material

int main(int argc, char** argv) {
  fsc::material::RenderOptions options;
  CLI::App app{
      "Draws a street clip from a seed: frame/NNNN.png (or clip.mp4), label/NNNN.png (class index), boxes.txt\n"
      "(frame from 1, track, left, top, width, height, 1, class, visibility). Classes: 0 sky, 1 road, 2 grass,\n"
      "3 building, 4 tree, 5 car, 6 balloon. The same seed gives the same clip on every machine.",
      "fsc-render"};
  app.add_option("--seed", options.seed, "which street, camera and light")->capture_default_str();
  app.add_option("--frames", options.frames)->check(CLI::Range(1, 10000))->capture_default_str();
  app.add_option("--width", options.width_px)->check(CLI::Range(16, 4096))->capture_default_str();
  app.add_option("--height", options.height_px)->check(CLI::Range(16, 4096))->capture_default_str();
  app.add_option("--fps", options.frame_rate, "frames per second")->check(CLI::Range(1, 240))->capture_default_str();
  app.add_option("-o,--out", options.out, "folder to write to")->required();
  app.add_flag("--video", options.video, "one near-lossless H.264 clip.mp4 instead of pictures");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const fsc::Status status = fsc::material::Render(options);
  if (status.ok()) return 0;
  fmt::print(stderr, "fsc-render: {}\n", status.error().OneLine());
  return int(status.error().kind);
}
