// encoder.cc: frames in, a .fsc stream or packets out.
#include <pybind11/pybind11.h>

#include <memory>
#include <string>
#include <vector>

#include "fsc/encoder.h"
#include "fsc/packet_bytes.h"
#include "fsc/packet_encoder.h"
#include "python/src/arrays.h"
#include "python/src/byte_objects.h"
#include "python/src/errors.h"
#include "python/src/registers.h"
#include "python/src/settings.h"
#include "python/src/work.h"

namespace py = pybind11;

namespace fsc::python {
namespace {

py::list WarningTuples(const Warnings& warnings) {
  py::list tuples;
  for (const Warning& w : warnings.list()) tuples.append(py::make_tuple(w.kind, w.what, w.where, w.advice, w.count));
  return tuples;
}

py::bytes BytesOf(const std::vector<uint8_t>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// A frame as Python gives it, borrowed for a call.
struct BorrowedFrame {
  BorrowedFrame(const py::sequence& tensors, const py::object& picture, const py::object& cell_weights)
      : layers(tensors), luma(picture), weights(WeightsOf(cell_weights)) {}
  FrameHints hints() const { return {.luma = luma.view(), .weights = weights}; }

  BorrowedLayers layers;
  BorrowedPlane luma;
  std::vector<Tensor> weights;
};

// Writes a .fsc stream to a path, a file object or memory.
class StreamEncoder {
 public:
  StreamEncoder(const py::object& dst) : sink_(dst) {}

  // Apart from the sink, so that a path that cannot be written is found out before the first frame is there.
  void Open(const py::dict& settings, const py::dict& stream) {
    encoder_ = Take(FeatureEncoder::Create(ConfigOf(settings), StreamInfoOf(stream), sink_.get()));
  }
  py::list Push(const py::sequence& layers, int64_t ticks, const py::object& luma, const py::object& weights) {
    const BorrowedFrame frame(layers, luma, weights);
    return After(Work(&gate_, [&] { return Encoder().Push(frame.layers.views(), ticks, frame.hints()); }));
  }
  py::list Finish() {
    return After(Work(&gate_, [&] { return Encoder().Finish(); }));
  }
  void Commit() {
    Check(Work(&gate_, [&] { return sink_.get()->Commit(); }));
  }
  py::object TakeBytes() { return sink_.TakeBytes(); }
  uint64_t BytesWritten() { return Encoder().bytes_written(); }
  py::bytes Header() { return BytesOf(Take(HeaderBytes(Encoder().packets().header()))); }
  py::dict Fields() { return HeaderDict(Encoder().packets().header()); }
  void SetQp(int qp) {
    Check(Work(&gate_, [&] { return Encoder().SetQp(qp); }));
  }
  void SetBitrate(double kbps) {
    Check(Work(&gate_, [&] { return Encoder().SetBitrate(kbps); }));
  }
  void RequestKeyFrame() {
    Check(Work(&gate_, [&] { return Encoder().RequestKeyFrame(); }));
  }
  py::list TellWarnings() { return WarningTuples(Encoder().warnings()); }

 private:
  FeatureEncoder& Encoder() { return *encoder_; }

  py::list After(const Status& status) {
    sink_.Rethrow();
    Check(status);
    py::list entries;
    for (const IndexEntry& entry : encoder_->written()) entries.append(EntryTuple(entry));
    return entries;
  }

  Gate gate_;
  SinkOf sink_;
  std::unique_ptr<FeatureEncoder> encoder_;
};

// Gives packets, as the bytes that they are in a file.
class PacketsEncoder {
 public:
  PacketsEncoder(const py::dict& settings, const py::dict& stream)
      : encoder_(Take(PacketEncoder::Create(ConfigOf(settings), StreamInfoOf(stream)))) {}

  py::list Push(const py::sequence& layers, int64_t ticks, const py::object& luma, const py::object& weights) {
    const BorrowedFrame frame(layers, luma, weights);
    std::vector<Packet> packets;
    return After(Work(&gate_, [&] { return encoder_->Push(frame.layers.views(), ticks, frame.hints(), &packets); }),
                 packets);
  }
  py::list Finish() {
    std::vector<Packet> packets;
    return After(Work(&gate_, [&] { return encoder_->Flush(&packets); }), packets);
  }
  py::bytes Header() { return BytesOf(Take(HeaderBytes(encoder_->header()))); }
  py::dict Fields() { return HeaderDict(encoder_->header()); }
  void SetQp(int qp) {
    Check(Work(&gate_, [&] { return encoder_->SetQp(qp); }));
  }
  void SetBitrate(double kbps) {
    Check(Work(&gate_, [&] { return encoder_->SetBitrate(kbps); }));
  }
  void RequestKeyFrame() {
    Check(Work(&gate_, [&] { return encoder_->RequestKeyFrame(); }));
  }
  py::list TellWarnings() { return WarningTuples(encoder_->warnings()); }

 private:
  // Entries with their bytes. Offsets are 0: there is no file.
  py::list After(const Status& status, const std::vector<Packet>& packets) {
    Check(status);
    py::list entries;
    for (const Packet& packet : packets) {
      const std::vector<uint8_t> bytes = Take(PacketBytes(packet, encoder_->header()));
      const IndexEntry entry = {0,
                                bytes.size(),
                                packet.type,
                                packet.random_access,
                                packet.frame_number,
                                packet.timestamp_ticks,
                                packet.configures()};
      entries.append(py::make_tuple(EntryTuple(entry), BytesOf(bytes)));
    }
    return entries;
  }

  Gate gate_;
  std::unique_ptr<PacketEncoder> encoder_;
};

// What both have.
template <class Encoder>
void DefineCommon(py::class_<Encoder>* encoder) {
  encoder
      ->def("push", &Encoder::Push, py::arg("layers"), py::arg("ticks"), py::arg("luma") = py::none(),
            py::arg("weights") = py::none(), "One frame; the packets that are ready.")
      .def("finish", &Encoder::Finish, "The packets that are left.")
      .def("header", &Encoder::Header, "The stream header, as the bytes that begin a file.")
      .def("fields", &Encoder::Fields, "What the header says.")
      .def("set_qp", &Encoder::SetQp, py::arg("qp"))
      .def("set_bitrate", &Encoder::SetBitrate, py::arg("bitrate_kbps"))
      .def("request_key_frame", &Encoder::RequestKeyFrame)
      .def("warnings", &Encoder::TellWarnings, "(kind, what, where, advice, count) each.");
}

}  // namespace

void RegisterEncoders(py::module_& m) {
  py::class_<StreamEncoder> stream(m, "StreamEncoder", "Writes a .fsc stream.");
  stream.def(py::init<const py::object&>(), py::arg("dst"))
      .def("open", &StreamEncoder::Open, py::arg("settings"), py::arg("stream"), "Once, before all other calls.")
      .def("commit", &StreamEncoder::Commit, "Gives the file its name; without it nothing is left behind.")
      .def("bytes_written", &StreamEncoder::BytesWritten)
      .def("take_bytes", &StreamEncoder::TakeBytes, "The stream, where dst was None.");
  DefineCommon(&stream);
  py::class_<PacketsEncoder> packets(m, "PacketsEncoder", "Gives packets.");
  packets.def(py::init<const py::dict&, const py::dict&>(), py::arg("settings"), py::arg("stream"));
  DefineCommon(&packets);
}

}  // namespace fsc::python
