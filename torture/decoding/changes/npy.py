"""NPY with a header that lies, or numbers that nobody means."""

import struct
from random import Random

from torture.decoding.changes import octets

MAGIC_BYTES = 8
TYPES = """
'|b1' '|u1' '|i1' '<i2' '<i4' '<i8' '<u8' '<f2' '<f4' '<f8' '>f8' '<f16' '|O' '<c16' '<U9' '|S0' '|V8'
'<M8[s]' '<m8' [('a','<f8')] ('<f8',(1000000,)) None 7 '<f4'*99 {}
"""
LENGTHS = """
() (0,) (1,) (0,4) (4,0) (-1,4) (4,-1) (2**62,4) (4294967296,4294967296) (1000000000,4) (4,1000000000)
(1,1,1) (True,4) (4.0,4) ('4',4) [4,4] None (9223372036854775807,2) (99999999999999999999,1)
"""
DESCRIPTIONS = TYPES.split()
SHAPES = [*LENGTHS.split(), "(" + "1," * 40 + ")", "(" * 60 + ")" * 60]
FLOATS = [float("nan"), float("inf"), float("-inf"), 5e-324, -0.0, 0.5, 2.0**31, 2.0**63, -1.0, 1e38]
VALUES = [("<f", number) for number in FLOATS] + [("<d", number) for number in (*FLOATS, 1e300)]


def changed(content: bytes, random: Random) -> bytes:
    change = random.choice((with_other_header, with_other_header, with_other_values, octets.changed))
    return change(content, random)


def with_other_header(content: bytes, random: Random) -> bytes:
    """Another type, shape or order above the same numbers."""
    _, body = parts(content)
    shapes = (*SHAPES, f"({random.randint(0, 5)}, {random.randint(0, 9)})")
    order = random.choice(("False", "False", "True", "0", "None", "'x'"))
    members = [
        f"'descr': {random.choice(DESCRIPTIONS)}",
        f"'fortran_order': {order}",
        f"'shape': {random.choice(shapes)}",
    ]
    members += random.choice(([], [], [], ["'more': 1"], ["'shape': (3,)"]))
    text = "{" + ", ".join(random.sample(members, len(members) - (random.random() < 0.1))) + "}"
    written = text.encode() + b" " * random.choice((0, 10, 64, 5000)) + b"\n"
    version = random.choice((1, 1, 1, 2, 3, 9))
    length = len(written) + random.choice((0, 0, 0, 0, -1, 1, 1000, -len(written)))
    return (
        b"\x93NUMPY"
        + bytes((version, 0))
        + length.to_bytes(2 if version == 1 else 4, "little")
        + written
        + body
    )


def with_other_values(content: bytes, random: Random) -> bytes:
    """Numbers that are none, or too large; or more or fewer of them."""
    header, body = parts(content)
    numbers = bytearray(body)
    for _ in range(random.randint(1, 3)):
        number = struct.pack(*random.choice(VALUES))
        place = random.randrange(0, len(numbers) + 1, len(number))
        numbers[place : place + len(number)] = number
    return header + bytes(numbers)


def parts(content: bytes) -> tuple[bytes, bytes]:
    """Header and numbers, whatever they are."""
    width = 2 if content[6:7] == b"\1" else 4
    begin = MAGIC_BYTES + width + int.from_bytes(content[MAGIC_BYTES : MAGIC_BYTES + width], "little")
    return content[:begin], content[begin:]
