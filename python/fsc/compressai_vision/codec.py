"""The codec `fsc` of CompressAI-Vision's registry. Importing this module registers it, and needs the platform."""
from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

import torch
from compressai_vision.registry import register_codec

from ..decoder import Decoder, decode
from ..encoder import Encoder, frames_of
from ..errors import BadInputError, UsageError
from ..records import PacketInfo
from .settings import (WHERE, Size, check_arguments, encoder_arguments, frame_rate_in, seqinfo_of, size_of, sizes_of,
                       strides_of)
from .tensors import DATATYPES, datatype_of, tensor_of, view_of_tensor

Times = Dict[str, float]
Macs = Optional[Tuple[float, int]]
_SUFFIXES = (".bin", ".mp4")  # by which decode_only looks for a codec's file
# Keys of the codec's YAML that the platform itself reads, or that pipelines without tensors use.
_PLATFORMS_KEYS = frozenset({"output_dir", "bitstream_name", "experiment", "save_visualization", "verbosity", "dump",
                             "vcm_mode", "output10b"})


def bitstream_path(folder: "str | os.PathLike[str]", bitstream_name: str, file_prefix: str) -> Path:
    """Where decode_only looks for what encode wrote: NAME.bin of a video, NAME-PREFIX.bin of an image."""
    name = f"{bitstream_name}-{file_prefix}" if file_prefix else bitstream_name
    return Path(folder) / (name if name.endswith(_SUFFIXES) else f"{name}.bin")


def bytes_per_frame(packets: Sequence[PacketInfo], frames: int, file_bytes: int) -> List[float]:
    """Every byte of the file, by frame. What comes before the first packet (header, profile) is the first frame's, the
    index behind the last packet is the last frame's."""
    sizes = [0] * frames
    for packet in packets:
        sizes[packet.frame] += packet.size_bytes
    sizes[0] += min(packet.offset_bytes for packet in packets)
    sizes[-1] += file_bytes - sum(sizes)
    return [float(size) for size in sizes]


def _refuse_remote() -> UsageError:
    return UsageError("fsc codes feature tensors, and remote inference codes pictures", "remote_inference",
                      "run split inference: python -m fsc.compressai_vision; `fsc eval` measures remote inference with "
                      "x265 and x264 as an anchor")


class FeatureStreamCodec(torch.nn.Module):
    """fsc behind the platform's interface of a codec.

    encoder_config: arguments of fsc.Encoder by their names; `qp` names the run too. datatype: of the tensors, as the
    pipeline has it. eval_encode: 'bitrate' or 'bpp'. mac_computation: whether the complexity is asked for; fsc has no
    network but what a profile brings, and counts none. Every other key is the platform's own, or warned of.

    fsc.UsageError for settings that cannot be, before anything is coded.
    """

    def __init__(self, vision_model: Any = None, dataset: Any = None, *,
                 encoder_config: Optional[Mapping[str, Any]] = None, eval_encode: str = "bitrate",
                 datatype: str = "float32", mac_computation: bool = False, device: str = "cpu", **others: Any) -> None:
        super().__init__()
        self.logger = logging.getLogger(self.__class__.__name__)
        config = dict(encoder_config or {})
        self._qp = config.get("qp")
        self._arguments = encoder_arguments(config)
        if eval_encode not in ("bitrate", "bpp"):
            raise UsageError(f"unknown value {eval_encode!r}", "codec.eval_encode", "one of bitrate, bpp")
        if datatype not in DATATYPES:
            raise UsageError(f"unknown value {datatype!r}", "codec.datatype", f"one of {', '.join(DATATYPES)}")
        if mac_computation and "profile" in self._arguments:
            raise UsageError("the operations of a profile's networks are not counted", "codec.mac_computation",
                             "set it to False, or code without a profile")
        self._eval_encode = eval_encode
        self._datatype = datatype
        self._counts_macs = bool(mac_computation)
        self._split: Optional[Sequence[Any]] = getattr(vision_model, "split_layer_list", None)
        if "fps" not in self._arguments:
            self._take_frame_rate(seqinfo_of(dataset))
        check_arguments(self._arguments)
        unused = sorted(set(others) - _PLATFORMS_KEYS)
        if unused:
            self.logger.warning("keys of the codec's YAML that fsc does not know: %s", ", ".join(unused))
        if str(device) != "cpu":
            self.logger.warning("fsc codes on the CPU: codec.device=%s changes nothing", device)

    def _take_frame_rate(self, seqinfo: Optional[str]) -> None:
        rate = frame_rate_in(seqinfo) if seqinfo is not None else None
        if rate is not None:
            self._arguments["fps"] = rate
        elif "bitrate" in self._arguments:
            raise UsageError("nobody says the frame rate, which a bitrate needs", f"{WHERE}.fps",
                             "set it, or give the data set a seqinfo.ini")
        elif self._eval_encode == "bitrate":  # images have no time
            self.logger.warning("frame-rate-assumed: nobody says the frame rate, so it is taken as 25 (%s): set %s.fps",
                                f"{seqinfo} has none" if seqinfo is not None else "the data set has no seqinfo.ini", WHERE)

    @property
    def qp_value(self) -> Any:
        """What names the run: encoder_config.qp."""
        return self._qp

    @property
    def eval_encode_type(self) -> str:
        return self._eval_encode

    def encode(self, x: Mapping[str, Any], codec_output_dir: "str | os.PathLike[str]" = "", bitstream_name: str = "",
               file_prefix: str = "", remote_inference: bool = False) -> Tuple[Dict[str, Any], Times, Macs]:
        """Codes x["data"], a mapping from layer names to tensors, frames x channels x height x width, into one file in
        codec_output_dir. Gives ({"bytes": [of each frame], "bitstream": path}, seconds, complexity).

        fsc.BadInputError for NaN, infinity or other shapes; nothing is left behind.
        """
        if remote_inference:
            raise _refuse_remote()
        start_s = time.perf_counter()
        input_size, source_size = sizes_of(x)
        for name, tensor in x["data"].items():
            if datatype_of(tensor) != self._datatype:
                raise UsageError(f"tensors of type {datatype_of(tensor)}, and the codec's datatype is {self._datatype}",
                                 f"layer {name}", "write datatype: ${pipeline.datatype} into the codec's YAML")
        views = {str(name): view_of_tensor(tensor) for name, tensor in x["data"].items()}
        conversion_s = time.perf_counter() - start_s

        path = bitstream_path(codec_output_dir, bitstream_name, file_prefix)
        frames, _ = frames_of(views)
        planes = [size_of(view.array.shape[-2:]) for view in views.values()]
        arguments: Dict[str, Any] = {"stride": strides_of(input_size, planes), **self._arguments}
        with Encoder(path, input_size=input_size, source_size=source_size, **arguments) as encoder:
            packets = [packet for frame in frames for packet in encoder.push(frame)]
            info = encoder.finish()
        packets += info.packets
        for warning in info.warnings:
            self.logger.warning("%s (%s, %d times): %s", warning.what, warning.where, warning.count, warning.advice)
        self.logger.info("%s: %r", path, info)
        out = {"bytes": bytes_per_frame(packets, info.frames, info.bytes), "bitstream": str(path)}
        times = {"conversion": conversion_s, "inner_codec": time.perf_counter() - start_s - conversion_s}
        return out, times, self._macs(input_size)

    def decode(self, bitstream: "str | os.PathLike[str]", codec_output_dir: "str | os.PathLike[str]" = "",
               file_prefix: str = "", org_img_size: Union[Mapping[str, int], Sequence[int], None] = None,
               remote_inference: bool = False, vcm_mode: bool = False,
               output10b: bool = False) -> Tuple[Dict[str, Any], Times, Macs]:
        """Decodes a file. Gives ({"data": tensors by layer, "input_size", "org_input_size"}, seconds, complexity).

        Needs nothing but the file. vcm_mode, output10b: of remote inference. fsc.BadInputError for a file that is no
        whole stream or has another number of layers than the network's split, fsc.StreamIOError where it cannot be
        read.
        """
        if remote_inference:
            raise _refuse_remote()
        start_s = time.perf_counter()
        # A stream names its profile by hash only where it was told to; else it carries it.
        profile = self._arguments.get("profile") if self._arguments.get("profile_by_hash") else None
        threads = self._arguments.get("threads")
        place = os.fspath(bitstream)
        with Decoder(place, threads=threads, profile=profile) as decoder:
            names = [layer.name for layer in decoder.layers]
            input_size, source_size = decoder.input_size, decoder.source_size
        if self._split is not None and len(names) != len(self._split):
            raise BadInputError(f"the stream has {len(names)} layers, the network's split {len(self._split)}", place,
                                "decode what was coded of the same split")
        values = decode(place, layers=names, dtype="float16" if self._datatype == "float16" else "float32",
                        threads=threads, profile=profile)
        assert isinstance(values, dict)
        inner_s = time.perf_counter() - start_s

        out: Dict[str, Any] = {"data": {name: tensor_of(values.pop(name), self._datatype) for name in names}}
        if input_size is not None:
            out["input_size"] = [input_size]
        if source_size is None and org_img_size is not None:
            source_size = size_of(org_img_size)
        if source_size is not None:
            out["org_input_size"] = {"height": source_size[0], "width": source_size[1]}
        times = {"inner_codec": inner_s, "conversion": time.perf_counter() - start_s - inner_s}
        return out, times, self._macs(input_size)

    def _macs(self, input_size: Optional[Size]) -> Macs:
        if not self._counts_macs:
            return None
        height, width = input_size or (1, 1)  # no operation, whatever it is a pixel of
        return 0.0, height * width


register_codec("fsc")(FeatureStreamCodec)
