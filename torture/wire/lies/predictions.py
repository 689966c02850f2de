"""Of predictions: rows that are no probabilities, or not the ones that were asked for."""

import numpy as np

from torture.wire.lie import Table, drawn, npy, said
from torture.wire.lies.tables import Change, header

PLACE = ("POST", "/predict")


def with_value(value: float, dtype: str = "f4") -> Change:
    def change(table: Table) -> Table:
        table = table.astype(dtype)
        table[0, 0] = value
        return table

    return change


CHANGES: dict[str, Change] = {
    "NaN": with_value(np.nan),
    "infinity": with_value(np.inf),
    "minus a half": with_value(-0.5),
    "one and a half": with_value(1.5),
    "1e38": with_value(1e38),
    "1e300": with_value(1e300, "f8"),
    "sums of 3": lambda table: np.ones_like(table),
    "logarithms": lambda table: np.log(table),
    "percentages": lambda table: 100 * table,
    "a row too few": lambda table: table[:-1],
    "a row too many": lambda table: np.vstack([table, table[:1]]),
    "no rows": lambda table: table[:0],
    "a class too few": lambda table: table[:, :-1],
    "a class too many": lambda table: np.hstack([table, table[:, :1] * 0]),
    "rows as columns": lambda table: table.T.copy(),
    "one dimension": lambda table: table.ravel(),
    "objects": lambda table: table.astype(object),
    "words": lambda table: table.astype("U9"),
    "complex numbers": lambda table: table.astype("c8"),
    "big-endian numbers": lambda table: table.astype(">f4"),
    "Fortran order": lambda table: np.asfortranarray(table),
    "64-bit integers": lambda table: (table * 2).astype("i8"),
}
HARMLESS: dict[str, Change] = {
    "rows that sum to less than 1": lambda table: table * np.float32(0.5),
    "labels alone": lambda table: np.eye(table.shape[1], dtype="f4")[table.argmax(axis=1)],
    "rounded ones": lambda table: np.round(table, 1),
}
LIES = (
    *(drawn(f"predictions with {name}", *PLACE, change) for name, change in CHANGES.items()),
    *(drawn(f"predictions with {name}", *PLACE, change, refused=False) for name, change in HARMLESS.items()),
    said("predictions in JSON", *PLACE, b'{"predictions": [[0.5, 0.5]]}'),
    said(
        "predictions that lie of their size",
        *PLACE,
        header("{'descr': '<f4', 'fortran_order': False, 'shape': (25, 1000000000)}"),
    ),
    said("predictions cut short", *PLACE, npy(np.zeros((25, 3), "f4"))[:-4]),
)
