// bench_coders.h: which coders `fsc bench` measures: its lists of modes, presets and QPs.
#ifndef FSC_TOOLS_BENCH_CODERS_H_
#define FSC_TOOLS_BENCH_CODERS_H_

#include <string>
#include <vector>

#include "fsc/encoder_config.h"
#include "fsc/status.h"

namespace CLI {
class App;
}

namespace fsc::tools {

struct BenchChoice {
  std::vector<std::string> modes;  // empty = latent, and HEVC and H.264 where this build has them
  // "NAME" for every mode that has it, "MODE:NAME" for one. A mode that gets none has its usual ones.
  std::vector<std::string> presets;
  std::vector<std::string> qps;
  int gop_frames = 32;
  bool low_delay = false;
  std::string motion = "auto";  // latent
  std::string profile;          // path; latent coders are measured without and with it
};

// Adds --modes, --presets, --qps, --gop, --low-delay, --motion and --profile. `choice` must outlive the parse.
void AddBenchOptions(CLI::App& command, BenchChoice* choice);

// A line of the table.
struct BenchCoder {
  std::string mode;
  std::string preset;
  std::string qp;          // as --qp takes it
  std::string profile;     // path; empty = none
  std::string options;     // the rest of what `fsc encode` takes to make the same stream
  bool is_anchor = false;  // what others are compared with: a picture codec
  bool may_lack = false;   // nobody asked for it by name
  EncoderConfig config;

  std::string Name() const;  // "latent fast, QP 36"
};

// kUsage for a mode, preset or QP that nothing has.
Result<std::vector<BenchCoder>> ChooseCoders(const BenchChoice& choice);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_BENCH_CODERS_H_
