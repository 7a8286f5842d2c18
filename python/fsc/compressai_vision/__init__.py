"""fsc as a codec of CompressAI-Vision, the platform of MPEG's feature coding tests: the codec `fsc` of its registry.

    python -m fsc.compressai_vision [hydra arguments]     # its split inference with this codec
    import fsc.compressai_vision                          # in a program of your own: registers the codec

The YAML that describes the codec lies in CONFIG_DIR, for Hydra's --config-dir. Where PyTorch or the platform is not
installed there is nothing to register with; whoever asks for FeatureStreamCodec is told what is missing.
"""
from __future__ import annotations

from pathlib import Path
from typing import Any

from .requirements import check_requirements, missing_requirements

CONFIG_DIR = Path(__file__).resolve().parent / "cfgs"

if not missing_requirements():
    from .codec import FeatureStreamCodec

__all__ = ["CONFIG_DIR", "FeatureStreamCodec"]


def __getattr__(name: str) -> Any:
    if name == "FeatureStreamCodec":
        check_requirements()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
