import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from attacker.client import npy
from attacker.errors import UnexpectedAnswer

NUMBERS = arrays(
    st.sampled_from([np.uint8, np.int32, np.int64, np.float32, np.float64]),
    st.tuples(st.integers(1, 5), st.integers(1, 5)),
    elements={"allow_nan": False, "allow_infinity": False, "min_value": 0, "max_value": 200},
)


@given(NUMBERS)
def test_records_go_out_in_a_smaller_dtype_with_the_same_values(records):
    sent = npy.decode(npy.encode(npy.compact(records)), "here", records.shape)
    assert np.array_equal(sent, records)
    assert sent.itemsize <= max(records.itemsize, 1)


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([0, 1], "u1"),
        ([-1, 1], "i1"),
        ([256, 0], "<i2"),
        ([70_000, 0], "<i4"),
        ([0.5, 0], "<f4"),
        ([0.1, 0], "<f8"),
    ],
)
def test_each_range_of_values_has_its_smallest_dtype(values, dtype):
    assert npy.compact(np.array([values], np.float64)).dtype == np.dtype(dtype)


def test_an_open_side_of_the_shape_takes_any_length():
    assert npy.decode(npy.encode(np.ones((7, 2))), "here", (None, 2)).shape == (7, 2)


@pytest.mark.parametrize("shape", [(6, 2), (7, 3), (None, 3)])
def test_another_shape_than_asked_for_is_refused(shape):
    with pytest.raises(UnexpectedAnswer, match="was due"):
        npy.decode(npy.encode(np.ones((7, 2))), "here", shape)


@pytest.mark.parametrize(
    "array", [np.asfortranarray(np.ones((3, 2))), np.ones((3, 2), ">f4"), np.ones((3, 2), "c8")]
)
def test_a_kind_that_the_wire_does_not_carry_is_refused(array):
    file = io.BytesIO()
    np.save(file, array)
    with pytest.raises(UnexpectedAnswer, match="does not carry"):
        npy.decode(file.getvalue(), "here", (3, 2))
