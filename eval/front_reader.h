// front_reader.h: the features of a video: its pictures through the front of a split network.
#ifndef FSC_EVAL_FRONT_READER_H_
#define FSC_EVAL_FRONT_READER_H_

#include <deque>
#include <memory>
#include <optional>

#include "core/thread_pool.h"
#include "eval/picture_reader.h"
#include "fsc/stream_info.h"
#include "models/split_model.h"

namespace fsc {

struct FrontReaderOptions {
  PictureReaderOptions pictures;
  // So many pictures go through the front at a time, each on the threads that the network was loaded with, and are read
  // that far ahead. What comes out does not depend on it.
  int side_by_side = 1;
  bool one_size = true;  // layers may not change from picture to picture
};

struct FrontFrame {
  int64_t number = 0;  // in the video
  VideoFrame picture;
  FrontOutput front;       // with the picture's time stamp
  double front_s = 0;      // time that the front took
  double front_cpu_s = 0;  // what the calling thread worked in it: all of it, where the network has one thread
};

class FrontReader {
 public:
  // Borrows `model`, whose front must be loaded. Errors as PictureReader::Open().
  static Result<std::unique_ptr<FrontReader>> Open(const FrontReaderOptions& options, SplitModel* model,
                                                   const Limits& limits);

  // nullopt at the end. kBadInput of the picture and of the network's output; where only one size is allowed, also for
  // a picture whose layers differ from the first one's.
  Result<std::optional<FrontFrame>> Next();
  // Passes over so many pictures; what was not read ahead does not go through the front. The number that there were.
  Result<int64_t> Skip(int64_t pictures);

  // What an encoder is told. Times are there from the start, the rest once the first frame is.
  const StreamInfo& stream() const { return stream_; }
  std::optional<int64_t> frames() const { return pictures_.pictures(); }
  Warnings warnings() const { return pictures_.warnings(); }
  // Next() has failed because the video ends too early or is damaged from there on: the frames before are good.
  bool broke_off() const { return passed_.empty() && pictures_.broke_off(); }

 private:
  // A picture that was read, and what the front made of it.
  struct Passed {
    FrontFrame frame;
    std::optional<Error> failure;
  };

  FrontReader(const FrontReaderOptions& options, SplitModel* model, PictureReader pictures);
  void ReadSome();
  Status Describe(const FrontFrame& frame);

  FrontReaderOptions options_;
  SplitModel* model_;
  PictureReader pictures_;
  ThreadPool pool_;
  StreamInfo stream_;
  std::deque<Passed> passed_;     // not given yet
  std::optional<Error> failure_;  // of the video, after them
  bool ended_ = false;
};

}  // namespace fsc

#endif  // FSC_EVAL_FRONT_READER_H_
