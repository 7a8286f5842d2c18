#include "tools/frame_rate_option.h"

#include <CLI/CLI.hpp>

#include "core/frame_rate.h"

namespace fsc::tools {

void AddFrameRateOption(CLI::App& command, std::optional<TimeBase>* frame_rate) {
  command
      .add_option_function<std::string>(
          "--fps",
          [frame_rate](const std::string& text) {
            const auto rate = ParseFrameRate(text);
            if (rate.ok()) *frame_rate = *rate;
          },
          "frames per second of tensors, stills and elementary streams, as 25, 29.97 or 30000/1001 (default: the "
          "stream's own, else 25); a video with time stamps keeps them")
      ->check([](const std::string& text) {
        const auto rate = ParseFrameRate(text);
        return rate.ok() ? std::string() : rate.error().what + ", " + rate.error().advice;
      });
}

}  // namespace fsc::tools
