#include "eval/front_reader.h"

#include <utility>

#include "core/clock.h"
#include "core/cpu_time.h"
#include "models/stream_sizes.h"

namespace fsc {

Result<std::unique_ptr<FrontReader>> FrontReader::Open(const FrontReaderOptions& options, SplitModel* model,
                                                       const Limits& limits) {
  FSC_ASSIGN_OR_RETURN(PictureReader pictures, PictureReader::Open(options.pictures, limits));
  return std::unique_ptr<FrontReader>(new FrontReader(options, model, std::move(pictures)));
}

FrontReader::FrontReader(const FrontReaderOptions& options, SplitModel* model, PictureReader pictures)
    : options_(options), model_(model), pictures_(std::move(pictures)), pool_(options.side_by_side) {
  stream_.time_base = pictures_.info().time_base;
  stream_.frame_rate = pictures_.info().frame_rate;
  stream_.model_id = model->spec().id;
  stream_.model_sha256 = model->front_sha256();
}

// As many pictures as there are threads. What ends or breaks the video is kept for after them.
void FrontReader::ReadSome() {
  while (!ended_ && int(passed_.size()) < pool_.threads()) {
    const int64_t number = pictures_.next_number();
    auto picture = pictures_.Next();
    if (picture.ok() && *picture) {
      passed_.push_back({{number, std::move(**picture), {}}, std::nullopt});
    } else {
      ended_ = true;
      if (!picture.ok()) failure_ = picture.error();
    }
  }
  pool_.Run(int(passed_.size()), [&](int i) {
    Passed& passed = passed_[size_t(i)];
    const auto start = Clock::now();
    const double cpu_start_s = ThreadCpuSeconds();
    auto front = model_->RunFront(passed.frame.picture.image);
    passed.frame.front_s = SecondsSince(start);
    passed.frame.front_cpu_s = ThreadCpuSeconds() - cpu_start_s;
    if (front.ok()) {
      passed.frame.front = std::move(*front);
      passed.frame.front.frame.timestamp_ticks = passed.frame.picture.timestamp_ticks;
    } else {
      passed.failure = front.error();
    }
  });
}

Status FrontReader::Describe(const FrontFrame& frame) {
  const FrontOutput& front = frame.front;
  if (!stream_.layers.empty()) {
    if (!options_.one_size || front.layers == stream_.layers) return {};
    const std::string& name = frame.picture.name;
    return BadInput(
        "the picture's size changes, and with it the tensors'",
        options_.pictures.path + ", frame " + std::to_string(frame.number) + (name.empty() ? "" : " (" + name + ")"),
        "use a model with a fixed input size, or give pictures of one size");
  }
  stream_.layers = front.layers;
  SetSizes(front.geometry, &stream_);
  return {};
}

Result<std::optional<FrontFrame>> FrontReader::Next() {
  if (passed_.empty()) ReadSome();
  if (passed_.empty()) {
    if (failure_) return *failure_;
    return std::optional<FrontFrame>();
  }
  Passed passed = std::move(passed_.front());
  passed_.pop_front();
  if (passed.failure) return *passed.failure;
  FSC_RETURN_IF_ERROR(Describe(passed.frame));
  return std::optional<FrontFrame>(std::move(passed.frame));
}

Result<int64_t> FrontReader::Skip(int64_t pictures) {
  int64_t passed = 0;
  for (; passed < pictures && !passed_.empty(); ++passed) passed_.pop_front();
  if (passed == pictures || ended_) return passed;
  FSC_ASSIGN_OR_RETURN(const int64_t more, pictures_.Skip(pictures - passed));
  return passed + more;
}

}  // namespace fsc
