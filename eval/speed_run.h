// speed_run.h: how fast coders are on the same frames, how good, and how large. What `fsc bench` prints.
//
//   speed    Frames are in memory, streams too. One core: what processors worked, all threads together, on one thread
//            of the codec; it does not depend on what else the machine does. All cores: elapsed time on many threads.
//            From the first frame pushed to the end of the stream, and from the first frame asked for to the last; the
//            making of encoder and decoder is not in it. Each coder once, then each again: what disturbs a run disturbs
//            neighbours alike, and two coders are compared run by run.
//   memory   Peak resident memory of a process that does nothing but encode, or decode, frame by frame from a file, on
//            many threads.
//   quality  Feature distortion, and with a network that has a back its task distortion, as in `fsc eval`.
#ifndef FSC_EVAL_SPEED_RUN_H_
#define FSC_EVAL_SPEED_RUN_H_

#include <functional>
#include <string>
#include <vector>

#include "eval/eval_point.h"
#include "fsc/encoder_config.h"
#include "fsc/limits.h"
#include "fsc/status.h"

namespace fsc {

struct SpeedCoder {
  std::string name;  // for messages
  EncoderConfig config;
  bool may_lack = false;  // it is left out, and why is said, where this build or machine cannot have it
};

struct SpeedPlan {
  std::string folder;            // of its own, there already: intermediate files
  std::string reference_folder;  // the frames, as ReferenceWriter made them
  std::string model_path;        // of the network whose results the reference has; else empty
  std::vector<SpeedCoder> coders;
  int runs = 1;
  int threads = 1;  // all cores; 1 = the machine has no more, and nothing is measured on many
  // Called after each of `total` steps, also in child processes.
  std::function<void(int done, int total, const std::string& coder)> progress;
};

struct CoderSeconds {
  double encode_s = 0;
  double decode_s = 0;
};

struct SpeedFigures {
  std::string left_out;  // not empty: the coder could not be had, one line; nothing else is there
  EvalPoint point;       // rates and distortions
  double encode_peak_mib = 0;
  double decode_peak_mib = 0;
  std::vector<CoderSeconds> one_core;   // by run
  std::vector<CoderSeconds> all_cores;  // by run; empty where nothing was measured on many
};

// In the order of the coders. The process must have no other threads: its parts run in children.
Result<std::vector<SpeedFigures>> MeasureSpeed(const SpeedPlan& plan, const Limits& limits);

// The middle one of some, the mean of the middle two. NaN of none.
double Median(std::vector<double> values);

}  // namespace fsc

#endif  // FSC_EVAL_SPEED_RUN_H_
