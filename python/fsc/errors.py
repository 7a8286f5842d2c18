"""The exceptions of fsc. Every one has .what (is wrong), .where, and .advice (what to do; may be empty)."""
from __future__ import annotations

from typing import Dict, Tuple, Type

from ._names import argument_names


class Error(Exception):
    """Base of all exceptions of fsc: one line `what: where: advice`, and its three parts as attributes."""

    def __init__(self, what: str, where: str = "", advice: str = "") -> None:
        super().__init__(": ".join(part for part in (what, where, advice) if part))
        self.what = what
        self.where = where
        self.advice = advice

    def __reduce__(self) -> Tuple[Type[Error], Tuple[str, str, str]]:
        return type(self), (self.what, self.where, self.advice)


class UsageError(Error):
    """The caller asked for something that cannot be done: a setting, a type, a call out of order, a missing module."""


class BadInputError(Error, ValueError):
    """What came in is damaged, of another shape, or not supported."""


class StreamIOError(Error, OSError):
    """The operating system said no: a missing file, a full disk, a closed pipe."""


class InternalError(Error):
    """A bug of fsc."""


_KINDS: Dict[int, Type[Error]] = {1: InternalError, 2: UsageError, 3: BadInputError, 4: StreamIOError}


def from_library(kind: int, what: str, where: str, advice: str) -> Error:
    """The exception for an error of the library, which names settings as its own structures do."""
    if kind == 2:
        where, advice = argument_names(where), argument_names(advice)
    return _KINDS.get(kind, InternalError)(what, where, advice)
