"""Small PNG files: 16 shades of each colour, and a palette of those that are there."""

from __future__ import annotations

import base64
import struct
import zlib

from playwright.sync_api import Page

PIXELS = """
async data => {
  const image = new Image();
  image.src = "data:image/png;base64," + data;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
  canvas.drawImage(image, 0, 0);
  const pixels = canvas.getImageData(0, 0, image.width, image.height).data;
  const places = new Map(), indexes = new Uint8Array(pixels.length / 4);
  for (let i = 0; i < pixels.length; i += 4) {
    const colour = [0, 1, 2].map(c => Math.round(pixels[i + c] / 17) * 17);
    const key = colour.join();
    if (!places.has(key)) places.set(key, places.size);
    indexes[i / 4] = places.get(key);
  }
  const encoded = await new Promise(done => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.split(",")[1]);
    reader.readAsDataURL(new Blob([indexes]));
  });
  return [image.width, [...places.keys()].join().split(",").map(Number), encoded];
}
"""
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def pack(page: Page, picture: bytes) -> bytes:
    """Return a PNG as a smaller one; `page` is an empty page.

    Raises AssertionError for a picture with more than 256 colours.
    """
    encoded = base64.b64encode(picture).decode()
    width, colours, indexes = page.evaluate(PIXELS, encoded)
    assert len(colours) <= 3 * 256, "A palette has at most 256 colours."
    return png(width, bytes(colours), base64.b64decode(indexes))


def png(width: int, colours: bytes, pixels: bytes) -> bytes:
    """Return a PNG: of each pixel there is the place of its colour in the palette."""
    lines = [pixels[at : at + width] for at in range(0, len(pixels), width)]
    # 8 bits, of a palette, not interlaced.
    header = struct.pack(">IIBBBBB", width, len(lines), 8, 3, 0, 0, 0)
    content = zlib.compress(b"".join(b"\0" + line for line in lines), 9)
    parts = {b"IHDR": header, b"PLTE": colours, b"IDAT": content, b"IEND": b""}
    return SIGNATURE + b"".join(chunk(*part) for part in parts.items())


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return a part of a PNG: its length, its name, its content, and its checksum."""
    length, checksum = len(content), zlib.crc32(kind + content)
    return struct.pack(">I", length) + kind + content + struct.pack(">I", checksum)
