#include "fsc/stream_reader.h"

#include <utility>

#include "codec/profile/stream_profile.h"
#include "streams/container_reader.h"

namespace fsc {

struct __attribute__((visibility("hidden"))) StreamReader::State {
  std::unique_ptr<ContainerReader> reader;
  Limits limits;
};

StreamReader::StreamReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
StreamReader::~StreamReader() = default;

Result<std::unique_ptr<StreamReader>> StreamReader::Open(ByteSource* source, const Limits& limits) {
  if (source == nullptr) return Usage("no source to read from", "reader", "give one, as OpenSource() makes them");
  auto state = std::make_unique<State>();
  state->limits = limits;
  FSC_ASSIGN_OR_RETURN(state->reader, ContainerReader::Open(source, limits));
  return std::unique_ptr<StreamReader>(new StreamReader(std::move(state)));
}

const StreamHeader& StreamReader::header() const {
  return state_->reader->header();
}

Result<std::vector<LayerSpec>> StreamReader::CodedLayers() const {
  return fsc::CodedLayers(header(), state_->limits);
}

Result<std::optional<Packet>> StreamReader::Next() {
  return state_->reader->Next();
}

uint64_t StreamReader::position_bytes() const {
  return state_->reader->position_bytes();
}

}  // namespace fsc
