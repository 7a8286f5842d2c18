"""fsc: compresses the feature tensors that travel between the two halves of a split network.

    stream = fsc.encode(features, stride=8, qp=30)      # frames x channels x height x width, or a mapping of layers
    features = fsc.decode(stream)

Every byte and every value is that of the command `fsc`. Frame by frame: Encoder and Decoder.
"""
from ._fsc import modes, version as __version__
from .decoder import Decoder, Frame, decode
from .encoder import Encoder, encode
from .errors import BadInputError, Error, InternalError, StreamIOError, UsageError
from .files import open_tensors
from .metrics import BdResult, Quality, bd_rate, quality
from .profile import Profile, load_profile
from .progress import progress
from .records import Layer, PacketInfo, Section, StreamInfo, Warned
from .show import Tiles, show
from .streams import cat, info
from .task_metrics import (CocoAp, SegmentationAccuracy, TaskDistortion, TopAccuracy, coco_ap, segmentation_accuracy,
                           task_distortion, top_accuracy)

__all__ = [
    "BadInputError", "BdResult", "CocoAp", "Decoder", "Encoder", "Error", "Frame", "InternalError", "Layer",
    "PacketInfo", "Profile", "Quality", "Section", "SegmentationAccuracy", "StreamIOError", "StreamInfo",
    "TaskDistortion", "Tiles", "TopAccuracy", "UsageError", "Warned", "__version__", "bd_rate", "cat", "coco_ap",
    "decode", "encode", "info", "load_profile", "modes", "open_tensors", "progress", "quality",
    "segmentation_accuracy", "show", "task_distortion", "top_accuracy",
]
