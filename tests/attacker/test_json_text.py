"""JSON of a server is read as what the wire has, and nothing that would break a file or a screen later."""

import pytest

from attacker.client.json_text import DEEPEST, read


@pytest.mark.parametrize(
    "body",
    [
        b"NaN",
        b"[-Infinity]",
        b"[1e999]",
        b'{"a": "\xe9"}',
        b'{"a": "\\ud800"}',
        b'"\xed\xa0\x80"',
        b"9" * 5_000,
        b"[" * (DEEPEST + 2) + b"]" * (DEEPEST + 2),
        b"[" * 100_000,
        b"",
    ],
)
def test_what_the_wire_does_not_carry_is_refused(body):
    with pytest.raises(ValueError, match=r"."):
        read(body)


def test_what_it_carries_is_read():
    assert read(b'{"a": [1, 2.5, null, "\\ud83d\\ude00 \xc3\xa9"]}') == {
        "a": [1, 2.5, None, "\U0001f600 \xe9"]
    }
    assert read(b"[" * DEEPEST + b"]" * DEEPEST)
