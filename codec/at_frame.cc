#include "codec/at_frame.h"

namespace fsc {

Status AtFrame(int64_t frame_number, Status status) {
  if (status.ok()) return status;
  Error error = status.TakeError();
  const std::string frame = "frame " + std::to_string(frame_number);
  if (error.where.empty()) {
    error.where = frame;
  } else if (error.where.find(frame) == std::string::npos) {
    error.where = frame + ", " + error.where;
  }
  return error;
}

}  // namespace fsc
