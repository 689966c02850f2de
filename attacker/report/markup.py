"""HTML and SVG put together so that text from others stays text."""

from html import escape


class Html(str):
    """Markup; any other string is text, and is escaped where it meets markup."""

    __slots__ = ()


def legible(text: object) -> str:
    """As one can read it: what cannot be printed, or turns the writing round, shows as a replacement."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in " ".join(str(text).split()))


def html(part: object) -> Html:
    """Markup as it is; anything else as text."""
    return part if isinstance(part, Html) else Html(escape(legible(part)))


def joined(*parts: object) -> Html:
    return Html("".join(map(html, parts)))


def element(tag: str, *children: object, **attributes: object) -> Html:
    """`<tag attributes>children</tag>`; `class_` is written class, and `_` in a name `-`."""
    written = (f' {name.rstrip("_").replace("_", "-")}="{html(value)}"' for name, value in attributes.items())
    return Html(f"<{tag}{''.join(written)}>{joined(*children)}</{tag}>")
