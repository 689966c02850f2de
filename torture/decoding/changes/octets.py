"""Bytes of no known format: some flipped, cut, doubled or put in."""

from random import Random

INTERESTING = (
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\r\n",
    b'"',
    b",",
    b"\x80\0\0\0",
    b"\xff\xff\xff\x7f",
    b"9" * 30,
)


def changed(content: bytes, random: Random) -> bytes:
    place = random.randint(0, len(content))
    end = min(len(content), place + random.choice((1, 2, 4, 8, 64, 1024)))
    part = random.choice(
        (
            b"",
            random.randbytes(end - place),
            random.choice(INTERESTING),
            content[place:end] * random.choice((2, 3, 100)),
        )
    )
    return content[:place] + part + content[random.choice((place, end)) :]
