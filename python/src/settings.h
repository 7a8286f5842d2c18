// settings.h: the encoder's configuration and the description of a stream from Python's dictionaries and tuples.
#ifndef FSC_PYTHON_SETTINGS_H_
#define FSC_PYTHON_SETTINGS_H_

#include <pybind11/pybind11.h>

#include "fsc/encoder_config.h"
#include "fsc/packet.h"
#include "fsc/stream_info.h"

namespace fsc::python {

// Settings by the name of their field, "latent.bitrate_kbps"; those that are not there have their defaults. Raises
// fsc.UsageError for one that is unknown or of another type.
EncoderConfig ConfigOf(const pybind11::dict& settings);

// Fields by name: layers (name, channels, height, width, stride, phase), time_base, frame_rate, input_px, source_px
// (width, height), model_id, model_sha256.
StreamInfo StreamInfoOf(const pybind11::dict& fields);

// What a header says, by the same names.
pybind11::dict HeaderDict(const StreamHeader& header);
pybind11::list LayerTuples(const std::vector<LayerSpec>& layers);

// (type, random_access, frame_number, ticks, offset_bytes, size_bytes, configures)
pybind11::tuple EntryTuple(const IndexEntry& entry);

}  // namespace fsc::python

#endif  // FSC_PYTHON_SETTINGS_H_
