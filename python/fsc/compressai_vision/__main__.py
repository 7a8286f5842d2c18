"""python -m fsc.compressai_vision [hydra arguments]: the platform's split inference with the codec fsc."""
from __future__ import annotations

import re
import sys
from typing import List, Sequence

from . import CONFIG_DIR
from ..errors import UsageError
from .requirements import check_requirements

# Which of the platform's configurations leaves the codec to the user.
_CONFIG_NAME = "eval_split_inference_std_codec"
_CODEC_CHOICE = re.compile(r"(\+\+?|~)?codec(@[^=]*)?(=|$)")
_OVERRIDE = re.compile(r"~|[^-].*=")
_SEARCH_PATH = re.compile(r"(\+\+?|~)?hydra\.searchpath(=|$)")


def _has_flag(arguments: Sequence[str], *names: str) -> bool:
    return any(argument == name or argument.startswith(f"{name}=") for argument in arguments for name in names)


def with_defaults(arguments: Sequence[str]) -> List[str]:
    """The same arguments, and what makes Hydra find the codec: where its YAML is, codec=fsc unless one is chosen, and a
    configuration unless one is named.

    UsageError where both places for another folder of YAML files are taken.
    """
    given = list(arguments)
    flags: List[str] = []
    overrides: List[str] = []
    if not _has_flag(given, "--config-dir", "-cd"):
        flags.append(f"--config-dir={CONFIG_DIR}")
    elif not any(_SEARCH_PATH.match(argument) for argument in given):
        place = str(CONFIG_DIR).replace("\\", "\\\\").replace("'", "\\'")
        overrides.append(f"hydra.searchpath=['file://{place}']")
    else:
        raise UsageError("both --config-dir and hydra.searchpath are given", "fsc.compressai_vision",
                         f"leave one to the codec, or add file://{CONFIG_DIR} to hydra.searchpath and run the "
                         "platform's own command after importing fsc.compressai_vision")
    if not _has_flag(given, "--config-name", "-cn"):
        flags.append(f"--config-name={_CONFIG_NAME}")
    if not any(_CODEC_CHOICE.match(argument) for argument in given):
        overrides.append("codec=fsc")
    # Beside the user's own: Hydra's parser takes overrides in one run.
    last = max((i for i, argument in enumerate(given) if _OVERRIDE.match(argument)), default=len(given) - 1)
    return [*flags, *given[:last + 1], *overrides, *given[last + 1:]]


def main(arguments: Sequence[str]) -> int:
    try:
        check_requirements()
        sys.argv[1:] = with_defaults(arguments)
    except UsageError as problem:
        print(f"fsc: {problem}", file=sys.stderr)
        return 2
    from compressai_vision.run.eval_split_inference import main as run_split_inference
    run_split_inference()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
