#include "tools/size_option.h"

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>

#include "core/parse_number.h"

namespace fsc::tools {
namespace {

constexpr int kLeastPictureSidePx = 8;
constexpr int kMostSidePx = 16384;

bool ParseSide(std::string_view text, int least_px, int* side_px) {
  return ParseNumber(text, side_px) && *side_px >= least_px && *side_px <= kMostSidePx;
}

bool ParseSize(std::string_view text, int least_px, PictureSize* size) {
  const size_t cross = text.find('x');
  return cross != std::string_view::npos && ParseSide(text.substr(0, cross), least_px, &size->width_px) &&
         ParseSide(text.substr(cross + 1), least_px, &size->height_px);
}

void AddOption(CLI::App& command, const std::string& name, const std::string& text, int least_px, PictureSize* size) {
  command
      .add_option_function<std::string>(
          name, [size, least_px](const std::string& given) { ParseSize(given, least_px, size); }, text)
      ->type_name("WxH")
      ->check([least_px](const std::string& given) {
        PictureSize parsed;
        return ParseSize(given, least_px, &parsed)
                   ? std::string()
                   : "not a size: '" + given + "', give WIDTHxHEIGHT, " + std::to_string(least_px) + " to " +
                         std::to_string(kMostSidePx) + " each, as 448x256";
      });
}

}  // namespace

void AddSizeOption(CLI::App& command, PictureSize* size) {
  AddOption(command, "--size",
            "pictures are resized to WIDTHxHEIGHT first, by the mean of the area (default: as they are)",
            kLeastPictureSidePx, size);
}

void AddTensorSizeOptions(CLI::App& command, PictureSize* input, PictureSize* source) {
  AddOption(command, "--input-size", "with tensors: the network's input in pixels, for the stream to say", 1, input);
  AddOption(command, "--source-size", "with tensors: the pictures before they were resized to the network's input", 1,
            source);
}

}  // namespace fsc::tools
