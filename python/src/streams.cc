// streams.cc: what is in a stream, and streams joined; nothing is decoded.
#include <pybind11/pybind11.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fsc/stream_joiner.h"
#include "fsc/stream_reader.h"
#include "python/src/byte_objects.h"
#include "python/src/errors.h"
#include "python/src/registers.h"
#include "python/src/settings.h"
#include "python/src/work.h"

namespace py = pybind11;

namespace fsc::python {
namespace {

// A packet without its payload.
struct PacketOutline {
  IndexEntry entry;
  std::vector<Section> sections;
  uint64_t payload_bytes = 0;
};

struct Outline {
  std::vector<PacketOutline> packets;
  Status damage;
  uint64_t bytes = 0;
};

// To the end, or to where the stream is damaged.
Outline Read(ByteSource* source, StreamReader* reader) {
  Outline outline;
  for (;;) {
    const uint64_t offset = reader->position_bytes();
    Result<std::optional<Packet>> next = reader->Next();
    if (!next.ok()) {
      outline.damage = next.TakeStatus();
      outline.bytes = reader->position_bytes();
      return outline;
    }
    if (!next->has_value()) break;
    Packet& packet = **next;
    const IndexEntry entry = {offset,
                              reader->position_bytes() - offset,
                              packet.type,
                              packet.random_access,
                              packet.frame_number,
                              packet.timestamp_ticks,
                              packet.configures()};
    outline.packets.push_back({entry, std::move(packet.sections), packet.payload.size()});
  }
  outline.bytes = source->size_bytes().value_or(reader->position_bytes());
  return outline;
}

py::list SectionTuples(const std::vector<Section>& sections) {
  constexpr std::array kKinds = {"side_info", "motion", "residual", "configuration"};
  py::list tuples;
  for (const Section& s : sections) tuples.append(py::make_tuple(kKinds[size_t(s.kind)], s.layer, s.size_bytes));
  return tuples;
}

// (header, coded layers, packets, bytes, damage); a packet is (entry, payload bytes, sections), damage a line or "".
py::tuple ReadStream(const py::object& src) {
  SourceOf source(src);
  Gate gate;
  std::unique_ptr<StreamReader> reader;
  Outline outline;
  const Status opened = Work(&gate, [&]() -> Status {
    FSC_ASSIGN_OR_RETURN(reader, StreamReader::Open(source.get()));
    outline = Read(source.get(), reader.get());
    return {};
  });
  source.Rethrow();
  Check(opened);
  py::list packets;
  for (const PacketOutline& packet : outline.packets) {
    packets.append(py::make_tuple(EntryTuple(packet.entry), packet.payload_bytes, SectionTuples(packet.sections)));
  }
  return py::make_tuple(HeaderDict(reader->header()), LayerTuples(Take(reader->CodedLayers())), packets, outline.bytes,
                        outline.damage.ok() ? "" : outline.damage.error().OneLine());
}

// The number of frames, and the bytes where dst is None.
py::tuple Join(const py::sequence& srcs, const py::object& dst) {
  Gate gate;
  SinkOf sink(dst);
  StreamJoiner joiner(sink.get());
  for (const py::handle& src : srcs) {
    SourceOf source(py::reinterpret_borrow<py::object>(src));
    const Status status = Work(&gate, [&] { return joiner.Append(source.get()); });
    source.Rethrow();
    sink.Rethrow();
    Check(status);
  }
  const Status status = Work(&gate, [&]() -> Status {
    FSC_RETURN_IF_ERROR(joiner.Finish());
    return sink.get()->Commit();
  });
  sink.Rethrow();
  Check(status);
  return py::make_tuple(joiner.frames(), sink.TakeBytes());
}

}  // namespace

void RegisterStreams(py::module_& m) {
  m.def("read_stream", &ReadStream, py::arg("src"), "(header, coded layers, packets, bytes, damage)");
  m.def("join", &Join, py::arg("srcs"), py::arg("dst"), "(frames, bytes or None)");
}

}  // namespace fsc::python
