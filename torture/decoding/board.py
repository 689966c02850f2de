"""What a process that is fed is at, on a page that outlives it: how it died, and of which input."""

import mmap
import os
import struct
from pathlib import Path

LARGEST_INPUT = 2**20
LARGEST_REASON = 2**12
HEAD = struct.Struct("<QQQ")  # inputs taken, length of the one at hand, length of the reason
SIZE = HEAD.size + LARGEST_INPUT + LARGEST_REASON


class Board:
    def __init__(self, file: Path) -> None:
        if not file.exists():
            file.write_bytes(bytes(SIZE))
        with file.open("r+b") as opened:
            self.page = mmap.mmap(opened.fileno(), SIZE)

    def begin(self, content: bytes) -> None:
        """Another input; one that is longer than there is room for is shown cut."""
        part = content[:LARGEST_INPUT]
        self.page[HEAD.size : HEAD.size + len(part)] = part
        HEAD.pack_into(self.page, 0, self.taken + 1, len(part), 0)

    def end(self, reason: str) -> None:
        told = os.fsencode(reason.encode("ascii", "backslashreplace"))[:LARGEST_REASON]
        self.page[HEAD.size + LARGEST_INPUT : HEAD.size + LARGEST_INPUT + len(told)] = told
        HEAD.pack_into(self.page, 0, self.taken, len(self.content), len(told))

    @property
    def taken(self) -> int:
        return int(HEAD.unpack_from(self.page)[0])

    @property
    def content(self) -> bytes:
        length = HEAD.unpack_from(self.page)[1]
        return self.page[HEAD.size : HEAD.size + length]

    @property
    def reason(self) -> str:
        length, begin = HEAD.unpack_from(self.page)[2], HEAD.size + LARGEST_INPUT
        return self.page[begin : begin + length].decode("ascii")
