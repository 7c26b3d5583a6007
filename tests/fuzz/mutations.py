"""What may happen to a file: bytes cut, turned or doubled, and text whose lines, cells and numbers are wrong."""

import gzip
import re
import struct
from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from cisgram.io.packing import write_chunks

Mutation = Callable[[bytes, Random], bytes]

NUMBERS = (
    *(
        "-1",
        "0",
        "1",
        "-0",
        "+5",
        "1.0",
        "1e3",
        "1e400",
        "-1e400",
        "nan",
        "NaN",
        "inf",
        "-inf",
        "1_000",
        "1,000",
        "0x10",
    ),
    *("", ".", " ", "NA", "None", "True", "٣", "³", "½", "1e-320", "2147483647", "2147483648", "4294967296"),
    *("9223372036854775807", "9223372036854775808", "-9223372036854775809", "999999999999999999", "9" * 40, "9" * 5000),
)
WORDS = (
    "chr1",
    "I",
    "",
    "#",
    "##",
    ">",
    ";",
    "=",
    '"',
    "'",
    "\\",
    "\0",
    "é",
    "\ufeff",
    "\u2028",
    "\x85",
    "\x1c",
    "\x0b",
    "{",
    "[",
    "nan",
)
FILL = (b"\0", b"\xff", b"A", b"\t", b"\n", b" ", b"9")


def _cut(data: bytes, rng: Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _cut_near_end(data: bytes, rng: Random) -> bytes:
    return data[: max(0, len(data) - rng.randrange(1, 40))]


def _without_start(data: bytes, rng: Random) -> bytes:
    return data[rng.randrange(len(data) + 1) :]


def _flip_bits(data: bytes, rng: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 8))):
        if changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _other_bytes(data: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    n = rng.choice((1, 2, 4, 8, 64))
    return data[:at] + rng.randbytes(n) + data[at + n :]


def _integers(data: bytes, rng: Random) -> bytes:
    """Numbers of two, four or eight bytes, as heads of files have them, at a place where one may stand."""
    width, code = rng.choice(((2, "H"), (4, "I"), (8, "Q")))
    reach = rng.choice((64, 512, len(data)))
    at = rng.randrange(max(1, min(reach, len(data)) // 2)) * 2
    largest = 2 ** (8 * width) - 1
    value = rng.choice((0, 1, 2, 7, 255, 65535, 10**6, 2**31 - 1, 2**31, 2**32 - 1, 2**40, largest, largest // 2))
    return data[:at] + struct.pack("<" + code, value & largest) + data[at + width :]


def _without_piece(data: bytes, rng: Random) -> bytes:
    start, end = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    end = min(end, start + rng.choice((1, 3, 20, 1000)))
    return data[:start] + data[end:]


def _twice(data: bytes, rng: Random) -> bytes:
    start, end = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    return data[:end] + data[start:end] + data[end:]


def _filled(data: bytes, rng: Random) -> bytes:
    start = rng.randrange(len(data) + 1)
    n = rng.choice((1, 4, 100))
    return data[:start] + rng.choice(FILL) * n + data[start + n :]


def _whole_twice(data: bytes, rng: Random) -> bytes:
    return data + data


def _appended(data: bytes, rng: Random) -> bytes:
    return data + rng.choice((b"\0", b"\0" * 600, rng.randbytes(30), b"\n", b"\n\n  \n", b"x"))


def _nothing(data: bytes, rng: Random) -> bytes:
    return rng.choice((b"", b"\n", b"\0", b"\n" * 50, b" ", b"\xef\xbb\xbf", b"#\n", rng.randbytes(200)))


def _lines_swapped(data: bytes, rng: Random) -> bytes:
    lines = data.split(b"\n")
    a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[a], lines[b] = lines[b], lines[a]
    return b"\n".join(lines)


def _line_twice(data: bytes, rng: Random) -> bytes:
    lines = data.split(b"\n")
    lines.insert(rng.randrange(len(lines) + 1), rng.choice(lines))
    return b"\n".join(lines)


def _line_lost(data: bytes, rng: Random) -> bytes:
    lines = data.split(b"\n")
    del lines[rng.randrange(len(lines))]
    return b"\n".join(lines)


def _cells(data: bytes, rng: Random) -> bytes:
    """A cell lost, added, or put into another place of its line."""
    lines = data.split(b"\n")
    at = rng.randrange(len(lines))
    mark = rng.choice((b"\t", b"\t", b",", b" ", b"="))
    cells = lines[at].split(mark)
    place = rng.randrange(len(cells))
    kind = rng.randrange(3)
    if kind == 0:
        del cells[place]
    elif kind == 1:
        cells.insert(place, rng.choice((*WORDS, *NUMBERS)).encode())
    else:
        cells[place] = rng.choice((*WORDS, *NUMBERS)).encode()
    lines[at] = mark.join(cells)
    return b"\n".join(lines)


def _number(data: bytes, rng: Random) -> bytes:
    """A number that is another one, or none."""
    found = list(re.finditer(rb"-?\d+(?:\.\d+)?(?:e-?\d+)?", data))
    if not found:
        return _other_bytes(data, rng)
    one = rng.choice(found)
    return data[: one.start()] + rng.choice(NUMBERS).encode() + data[one.end() :]


def _word(data: bytes, rng: Random) -> bytes:
    """A word that is another one of the file, or something strange."""
    found = list(re.finditer(rb"[A-Za-z_][\w.-]*", data))
    if not found:
        return _other_bytes(data, rng)
    one, other = rng.choice(found), rng.choice(found)
    new = rng.choice((other.group(), other.group(), rng.choice(WORDS).encode(), one.group().swapcase()))
    return data[: one.start()] + new + data[one.end() :]


def _line_ends(data: bytes, rng: Random) -> bytes:
    return data.replace(b"\n", rng.choice((b"\r\n", b"\r", b"\n\n", b"\n\r", b" \n", b"\t\n", b"\x0b", b"")))


def _separators(data: bytes, rng: Random) -> bytes:
    return data.replace(b"\t", rng.choice((b" ", b"  ", b"\t\t", b",", b";")))


def _byte_order_mark(data: bytes, rng: Random) -> bytes:
    if rng.random() < 0.3:
        return data.decode("utf-8", "replace").encode(rng.choice(("utf-16", "utf-32", "utf-16-le")))
    return b"\xef\xbb\xbf" + data


def _no_utf8(data: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.choice((b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xe9", b"\x80", b"\0")) + data[at:]


def _long_line(data: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return (
        data[:at]
        + rng.choice((b"A", b"9", b"\t", b" ", b"N", b"[", b"(", b'"')) * rng.choice((5000, 200_000))
        + data[at:]
    )


BYTES: tuple[Mutation, ...] = (
    _cut,
    _cut,
    _cut_near_end,
    _without_start,
    _flip_bits,
    _flip_bits,
    _flip_bits,
    _other_bytes,
    _integers,
    _integers,
    _integers,
    _without_piece,
    _twice,
    _filled,
    _whole_twice,
    _appended,
    _nothing,
)
"""For every file; what is likelier stands more than once."""

TEXT: tuple[Mutation, ...] = (
    _lines_swapped,
    _line_twice,
    _line_lost,
    _cells,
    _cells,
    _cells,
    _number,
    _number,
    _number,
    _number,
    _word,
    _word,
    _line_ends,
    _separators,
    _byte_order_mark,
    _no_utf8,
    _long_line,
)
"""For text."""


def mutated_bytes(data: bytes, rng: Random) -> bytes:
    """One to three accidents to bytes."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        data = rng.choice(BYTES)(data, rng)
    return data


def mutated_text(data: bytes, rng: Random) -> bytes:
    """One to three accidents to text, now and then to its bytes."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        data = rng.choice(TEXT if rng.random() < 0.8 else BYTES)(data, rng)
    return data


def packed(data: bytes, rng: Random) -> bytes:
    """Text as gzip or bgzip, the file whole, in several members, or with an accident."""
    half = len(data) // 2
    forms = (
        lambda: gzip.compress(data),
        lambda: gzip.compress(data[:half]) + gzip.compress(data[half:]),
        lambda: bgzipped(data),
        lambda: bgzipped(data)[:-28],
        lambda: gzip.compress(data) + data[:20],
        lambda: gzip.compress(data) + b"\0" * 512,
        lambda: gzip.compress(gzip.compress(data)),
        lambda: mutated_bytes(gzip.compress(data), rng),
        lambda: mutated_bytes(bgzipped(data), rng),
        lambda: mutated_bytes(gzip.compress(data, 0), rng),
    )
    return rng.choice(forms)()


def bgzipped(data: bytes) -> bytes:
    """Bytes as the house's writer packs them."""
    with TemporaryDirectory() as folder:
        write_chunks(Path(folder) / "a.gz", [data])
        return (Path(folder) / "a.gz").read_bytes()
