"""The pictures of the README can be taken at any time."""

from __future__ import annotations

import struct
from pathlib import Path

from tests.commands import pictures


def size(png: bytes) -> tuple[int, int]:
    """Return the width and the height in the header of a picture."""
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_the_pictures_are_taken_of_a_new_project(tmp_path: Path) -> None:
    taken = pictures.take(tmp_path)

    assert tuple(taken) == pictures.SCHEMES
    assert len({*taken.values()}) == len(taken)
    for scheme, content in taken.items():
        # Fonts differ between machines, so the pixels may.
        assert size(content) == size(pictures.file(scheme).read_bytes())
