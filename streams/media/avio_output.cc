#include "streams/media/avio_output.h"

extern "C" {
#include <libavformat/avio.h>
#include <libavutil/error.h>
#include <libavutil/mem.h>
}

#include <algorithm>
#include <cstdio>
#include <span>

namespace fsc {
namespace {
constexpr int kBufferBytes = 1 << 16;
}  // namespace

Result<std::unique_ptr<AvioOutput>> AvioOutput::Create(const std::string& path) {
  FSC_ASSIGN_OR_RETURN(std::unique_ptr<OutputFile> file, OutputFile::Create(path));
  std::unique_ptr<AvioOutput> output(new AvioOutput(std::move(file)));
  auto* const buffer = static_cast<uint8_t*>(av_malloc(kBufferBytes));
  if (buffer == nullptr) return Internal("out of memory", path, "");
  const bool can_seek = output->file_->can_patch();
  output->context_ = avio_alloc_context(buffer, kBufferBytes, 1, output.get(), nullptr, WriteCallback,
                                        can_seek ? SeekCallback : nullptr);
  if (output->context_ == nullptr) {
    av_free(buffer);
    return Internal("out of memory", path, "");
  }
  return output;
}

AvioOutput::~AvioOutput() {
  if (context_ != nullptr) av_freep(&context_->buffer);
  avio_context_free(&context_);
}

int AvioOutput::WriteCallback(void* opaque, uint8_t* bytes, int size) {
  auto* const self = static_cast<AvioOutput*>(opaque);
  if (!self->status_.ok()) return AVERROR(EIO);
  std::span<const uint8_t> rest(bytes, size_t(size));
  const uint64_t end = self->file_->bytes_written();
  if (self->position_ < end) {
    const size_t overlap = size_t(std::min<uint64_t>(end - self->position_, rest.size()));
    self->status_ = self->file_->Patch(self->position_, rest.first(overlap));
    rest = rest.subspan(overlap);
  }
  if (self->status_.ok() && !rest.empty()) self->status_ = self->file_->Write(rest);
  if (!self->status_.ok()) return AVERROR(EIO);
  self->position_ += uint64_t(size);
  return size;
}

int64_t AvioOutput::SeekCallback(void* opaque, int64_t offset, int whence) {
  auto* const self = static_cast<AvioOutput*>(opaque);
  const int64_t end = int64_t(self->file_->bytes_written());
  if ((whence & AVSEEK_SIZE) != 0) return end;
  const int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? int64_t(self->position_) : end;
  const int64_t target = base + offset;
  if (target < 0 || target > end) return AVERROR(EINVAL);
  self->position_ = uint64_t(target);
  return target;
}

Status AvioOutput::TakeStatus() {
  if (status_.ok()) return {};
  return status_.TakeError();
}

Status AvioOutput::Commit() {
  avio_flush(context_);
  FSC_RETURN_IF_ERROR(TakeStatus());
  return file_->Commit();
}

}  // namespace fsc
