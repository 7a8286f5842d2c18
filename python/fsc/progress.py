"""A progress bar, where tqdm is installed."""
from __future__ import annotations

from typing import Iterable, Optional, TypeVar

Item = TypeVar("Item")


def progress(items: Iterable[Item], *, total: Optional[int] = None, description: str = "") -> Iterable[Item]:
    """The same items, with a bar on standard error where tqdm is installed, and nothing otherwise."""
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return items
    bar: Iterable[Item] = tqdm(items, total=total, desc=description or None, unit="frame")
    return bar
