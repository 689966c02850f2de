"""Of tables: candidates and knowledge that are not what was promised."""

from collections.abc import Callable

import numpy as np

from torture.wire.lie import Lie, Table, drawn, npy, said

Change = Callable[[Table], Table]


def with_value(value: float, dtype: str = "f8") -> Change:
    def change(table: Table) -> Table:
        table = table.astype(dtype)
        table[3, 4] = value
        return table

    return change


def with_label(value: float) -> Change:
    def change(table: Table) -> Table:
        table = table.astype("f8")
        table[5, 0] = value
        return table

    return change


CHANGES: dict[str, Change] = {
    "one row too few": lambda table: table[:-1],
    "one row too many": lambda table: np.vstack([table, table[:1]]),
    "a column less": lambda table: table[:, :-1],
    "three dimensions": lambda table: table[None],
    "no row": lambda table: table[:0],
    "NaN": with_value(np.nan),
    "infinity": with_value(-np.inf, "f4"),
    "a label of no class": with_label(7),
    "half a label": with_label(0.5),
    "a label below 0": with_label(-1),
    "a label of 1e300": with_label(1e300),
    "big-endian numbers": lambda table: table.astype(">f8"),
    "complex numbers": lambda table: table.astype("c16"),
    "words": lambda table: table.astype("U8"),
    "objects": lambda table: np.array([[{}] * table.shape[1]] * len(table), object),
    "Fortran order": lambda table: np.asfortranarray(table),
}
OF_KNOWLEDGE_TOO_FEW = {"one row too few", "one row too many"}  # it may have any number
HEADER = b"\x93NUMPY\x01\x00"


def header(text: str) -> bytes:
    written = text.encode() + b"\n"
    return HEADER + len(written).to_bytes(2, "little") + written + bytes(60 * 21)


def lies(path: str, changes: dict[str, Change]) -> list[Lie]:
    where = ("GET", path)
    return [
        *(drawn(f"{path} with {name}", *where, change) for name, change in changes.items()),
        said(
            f"{path} of 10^12 rows",
            *where,
            header("{'descr': '|u1', 'fortran_order': False, 'shape': (10**12, 21)}"),
        ),
        said(
            f"{path} of 10^9 rows",
            *where,
            header("{'descr': '|u1', 'fortran_order': False, 'shape': (1000000000, 21)}"),
        ),
        said(f"{path} with a header of brackets", *where, header("(" * 5_000)),
        said(f"{path} with a program for a header", *where, header("__import__('os').system('true')")),
        said(f"{path} cut short", *where, npy(np.zeros((60, 21), "u1"))[:-7]),
        said(f"{path} that is JSON", *where, b'{"rows": []}'),
    ]


LIES = (
    *lies("/candidates", CHANGES),
    *lies(
        "/knowledge", {name: change for name, change in CHANGES.items() if name not in OF_KNOWLEDGE_TOO_FEW}
    ),
)
