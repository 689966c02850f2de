"""The header of NPY numbers, read as what it is and not as the program that NumPy takes it for."""

import io
import re
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy

LONGEST = 4096  # bytes: room for any that NumPy writes for tables of numbers
NUMBER = r"-?\d{1,18}"
SHAPE = rf"\((?: ?{NUMBER} ?,)* ?(?:{NUMBER} ?)?\)"
MEMBER = re.compile(rf"'(descr|fortran_order|shape)' ?: ?('[^']{{1,3}}'|True|False|{SHAPE}) ?(?:, ?|$)")
TRUTH = {"True": True, "False": False}


def read_header(file: IO[bytes] | io.BufferedIOBase) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, whether in Fortran order, and dtype, of numbers that follow in the file.

    Raises ValueError, LookupError or TypeError for a header that is none, and OSError as the file does.
    """
    members = header_members(file)
    shape = tuple(map(int, re.findall(NUMBER, members["shape"])))
    return shape, TRUTH[members["fortran_order"]], np.dtype(members["descr"][1:-1])


def header_members(file: IO[bytes] | io.BufferedIOBase) -> dict[str, str]:
    """What the header says of `descr`, `fortran_order` and `shape`; raises ValueError for anything else.

    NumPy has it read by Python's parser, which in Python 3.11 fails now and then when two threads use it, and
    by Python's tokenizer, which for the worst 10,000 characters takes 8 s.
    """
    version = npy.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        raise ValueError
    length = int.from_bytes(file.read(2 * version[0]), "little")
    if length > LONGEST:
        raise ValueError
    text = " ".join(file.read(length).decode("ascii").split())
    if not (text.startswith("{") and text.endswith("}")):
        raise ValueError
    inside = text[1:-1].strip()
    if MEMBER.sub("", inside):
        raise ValueError
    return dict(MEMBER.findall(inside))
