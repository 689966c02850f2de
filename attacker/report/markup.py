"""HTML and SVG put together so that text from others stays text."""

from html import escape

from attacker.legible import legible


class Html(str):
    """Markup; any other string is text, and is escaped where it meets markup."""

    __slots__ = ()


def html(part: object) -> Html:
    """Markup as it is; anything else as text."""
    return part if isinstance(part, Html) else Html(escape(legible(part)))


def joined(*parts: object) -> Html:
    return Html("".join(map(html, parts)))


def element(tag: str, *children: object, **attributes: object) -> Html:
    """`<tag attributes>children</tag>`; `class_` is written class, and `_` in a name `-`."""
    written = (f' {name.rstrip("_").replace("_", "-")}="{html(value)}"' for name, value in attributes.items())
    return Html(f"<{tag}{''.join(written)}>{joined(*children)}</{tag}>")
