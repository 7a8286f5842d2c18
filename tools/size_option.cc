#include "tools/size_option.h"

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>

#include "core/parse_number.h"

namespace fsc::tools {
namespace {

constexpr int kLeastPx = 8;
constexpr int kMostPx = 16384;

bool ParseSide(std::string_view text, int* side_px) {
  return ParseNumber(text, side_px) && *side_px >= kLeastPx && *side_px <= kMostPx;
}

bool ParseSize(std::string_view text, PictureSize* size) {
  const size_t cross = text.find('x');
  return cross != std::string_view::npos && ParseSide(text.substr(0, cross), &size->width_px) &&
         ParseSide(text.substr(cross + 1), &size->height_px);
}

}  // namespace

void AddSizeOption(CLI::App& command, PictureSize* size) {
  command
      .add_option_function<std::string>(
          "--size", [size](const std::string& text) { ParseSize(text, size); },
          "pictures are resized to WIDTHxHEIGHT first, by the mean of the area (default: as they are)")
      ->type_name("WxH")
      ->check([](const std::string& text) {
        PictureSize parsed;
        return ParseSize(text, &parsed) ? std::string()
                                        : "not a size: '" + text + "', give WIDTHxHEIGHT, 8 to 16384 each, as 448x256";
      });
}

}  // namespace fsc::tools
