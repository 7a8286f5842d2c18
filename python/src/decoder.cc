// decoder.cc: a .fsc stream or packets in, frames out.
#include <pybind11/pybind11.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fsc/decoder.h"
#include "fsc/packet_bytes.h"
#include "fsc/packet_decoder.h"
#include "python/src/arrays.h"
#include "python/src/byte_objects.h"
#include "python/src/errors.h"
#include "python/src/held_profile.h"
#include "python/src/registers.h"
#include "python/src/settings.h"
#include "python/src/work.h"

namespace py = pybind11;

namespace fsc::python {
namespace {

std::span<const uint8_t> SpanOf(std::string_view bytes) {
  return {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()};
}

DecoderOptions OptionsOf(int threads, const HeldProfile* profile) {
  return {.threads = threads, .profile = profile != nullptr ? profile->profile.get() : nullptr};
}

// Its memory goes back to the decoder where no array shows it any more. `frame` is the caller's only reference.
std::optional<DecodedFrame> Returned(SharedFrame* frame) {
  if (*frame == nullptr || frame->use_count() > 2) return std::nullopt;  // the other is the Python object's
  return std::move(**frame);
}

// Reads a .fsc stream.
class StreamDecoder {
 public:
  StreamDecoder(const py::object& src, int threads, const HeldProfile* profile) : source_(src) {
    Result<std::unique_ptr<FeatureDecoder>> opened =
        Work(&gate_, [&] { return FeatureDecoder::Open(source_.get(), OptionsOf(threads, profile)); });
    source_.Rethrow();
    decoder_ = Take(std::move(opened));
  }

  // None at the end.
  py::object Next() {
    auto next = Work(&gate_, [&] { return decoder_->Next(); });
    source_.Rethrow();
    std::optional<DecodedFrame> frame = Take(std::move(next));
    if (!frame) return py::none();
    return py::cast(std::make_shared<DecodedFrame>(std::move(*frame)));
  }
  void Seek(int64_t frame) {
    const Status status = Work(&gate_, [&] { return decoder_->SeekToFrame(frame); });
    source_.Rethrow();
    Check(status);
  }
  bool CanSeek() const { return source_.get()->size_bytes().has_value(); }
  // (entries, complete, damage)
  py::tuple Index() {
    auto found = Work(&gate_, [&] { return decoder_->Index(); });
    source_.Rethrow();
    const StreamIndex index = Take(std::move(found));
    py::list entries;
    for (const IndexEntry& entry : index.entries) entries.append(EntryTuple(entry));
    return py::make_tuple(entries, index.complete, index.damage);
  }
  void Recycle(SharedFrame frame) {
    if (auto own = Returned(&frame)) decoder_->Recycle(std::move(*own));
  }
  py::dict Header() const { return HeaderDict(decoder_->header()); }

 private:
  Gate gate_;
  SourceOf source_;
  std::unique_ptr<FeatureDecoder> decoder_;
};

py::list FrameObjects(std::vector<DecodedFrame> frames) {
  py::list objects;
  for (DecodedFrame& frame : frames) objects.append(py::cast(std::make_shared<DecodedFrame>(std::move(frame))));
  return objects;
}

// Takes packets, as the bytes that they are in a file.
class PacketsDecoder {
 public:
  PacketsDecoder(const py::bytes& header, int threads, const HeldProfile* profile)
      : decoder_(Take(PacketDecoder::Create(Take(HeaderOf(SpanOf(header))), OptionsOf(threads, profile)))) {}

  py::list Push(const py::bytes& bytes) {
    const Packet packet = Take(PacketOf(SpanOf(bytes), decoder_->header()));
    std::vector<DecodedFrame> frames;
    Check(Work(&gate_, [&] { return decoder_->Push(packet, &frames); }));
    return FrameObjects(std::move(frames));
  }
  py::list Flush() {
    std::vector<DecodedFrame> frames;
    Check(Work(&gate_, [&] { return decoder_->Flush(&frames); }));
    return FrameObjects(std::move(frames));
  }
  void Restart(const py::bytes& configuration) {
    const std::string_view bytes = configuration;
    Check(Work(&gate_, [&] { return decoder_->Restart(SpanOf(bytes)); }));
  }
  py::dict Header() const { return HeaderDict(decoder_->header()); }
  // What a packet brings; None where it brings nothing.
  py::object Configuration(const py::bytes& bytes) const {
    const Packet packet = Take(PacketOf(SpanOf(bytes), decoder_->header()));
    const auto configuration = ConfigurationOf(packet);
    if (!configuration) return py::none();
    return py::bytes(reinterpret_cast<const char*>(configuration->data()), configuration->size());
  }

 private:
  Gate gate_;
  std::unique_ptr<PacketDecoder> decoder_;
};

}  // namespace

void RegisterDecoders(py::module_& m) {
  py::class_<StreamDecoder>(m, "StreamDecoder", "Reads a .fsc stream.")
      .def(py::init<const py::object&, int, const HeldProfile*>(), py::arg("src"), py::arg("threads"),
           py::arg("profile").none(true))
      .def("next", &StreamDecoder::Next, "The next DecodedFrame, None at the end.")
      .def("seek", &StreamDecoder::Seek, py::arg("frame"))
      .def("can_seek", &StreamDecoder::CanSeek)
      .def("index", &StreamDecoder::Index, "(entries, complete, damage)")
      .def("recycle", &StreamDecoder::Recycle, py::arg("frame"), "Its memory, for later frames; it is empty after.")
      .def("header", &StreamDecoder::Header);
  py::class_<PacketsDecoder>(m, "PacketsDecoder", "Takes packets.")
      .def(py::init<const py::bytes&, int, const HeldProfile*>(), py::arg("header"), py::arg("threads"),
           py::arg("profile").none(true))
      .def("push", &PacketsDecoder::Push, py::arg("packet"), "The frames that are ready.")
      .def("flush", &PacketsDecoder::Flush, "The frames that are left.")
      .def("restart", &PacketsDecoder::Restart, py::arg("configuration"))
      .def("configuration", &PacketsDecoder::Configuration, py::arg("packet"))
      .def("header", &PacketsDecoder::Header);
}

}  // namespace fsc::python
