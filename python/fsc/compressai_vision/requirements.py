"""What the plug-in needs and fsc does not: PyTorch and the platform."""
from __future__ import annotations

from importlib.util import find_spec
from typing import Dict, List

from ..errors import UsageError

_REQUIREMENTS: Dict[str, str] = {"torch": "PyTorch", "compressai_vision": "CompressAI-Vision"}


def missing_requirements() -> List[str]:
    """The names of those that this Python does not find; nothing is imported."""
    return [title for module, title in _REQUIREMENTS.items() if find_spec(module) is None]


def check_requirements() -> None:
    """UsageError where something is missing."""
    missing = missing_requirements()
    if missing:
        raise UsageError(f"{' and '.join(missing)} not installed", "fsc.compressai_vision",
                         "install CompressAI-Vision, which brings PyTorch, for the Python that has fsc")
