"""NPY headers: all that says the same is read, nothing else is, and Python's own parser has no part in it."""

import ast
import io
from typing import Any

import numpy as np
import pytest

from services.web.bodies import NPY_DTYPES, decode_npy, encode_npy
from services.web.problem import BadData

BODY = np.arange(24, dtype="<f4").tobytes()


def file(header: str) -> bytes:
    padded = header.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(padded).to_bytes(2, "little") + padded + BODY


@pytest.mark.parametrize("dtype", NPY_DTYPES)
@pytest.mark.parametrize("version", [(1, 0), (2, 0)])
def test_what_numpy_writes_is_read(dtype: Any, version: tuple[int, int]) -> None:
    table, written = np.ones((3, 6), dtype), io.BytesIO()
    np.lib.format.write_array(written, table, version=version)
    found = decode_npy(written.getvalue(), rows=3, columns=6)
    assert found.dtype == dtype
    assert (found == table).all()


@pytest.mark.parametrize(
    "header",
    [
        "{'shape':(4,6),'fortran_order':False,'descr':'<f4'}",
        "{ 'descr' : '<f4' ,  'fortran_order' : False , 'shape' : ( 4 , 6, ) , }",
    ],
)
def test_what_others_write_is_read(header: str) -> None:
    assert decode_npy(file(header), rows=4, columns=6).shape == (4, 6)


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 6), 'more': 1}",
        "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<f4', 'fortran_order': (), 'shape': (4, 6)}",
        "{'descr': '<f4' 'fortran_order': False, 'shape': (4, 6)}",
        "{'descr': '<f4', 'descr': '<f4', 'shape': (4, 6)}",
        "'descr': '<f4', 'fortran_order': False, 'shape': (4, 6)",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 6)}}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2 * 2, 6)}",
    ],
)
def test_anything_else_is_no_header(header: str) -> None:
    with pytest.raises(BadData, match="no NPY file"):
        decode_npy(file(header), rows=4, columns=6)


def test_threads_that_read_at_once_do_not_meet_in_pythons_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it fails for one of some ten thousand, which is not waited for here."""
    monkeypatch.setattr(ast, "parse", None)
    assert decode_npy(encode_npy(np.ones((3, 6), "f4")), rows=3, columns=6).shape == (3, 6)
