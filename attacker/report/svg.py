"""From a figure to a picture that stands inside a page: its words are text, its colours are the page's."""

import hashlib
import io
import re
import warnings
from xml.etree import ElementTree

from matplotlib.figure import Figure

from attacker.legible import legible
from attacker.report.markup import Html

SVG, XLINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}"
INK = "#010203"  # stands for the colour of the page's text
SERIES = ("#0072b2", "#d55e00", "#00855f", "#9b4f96", "#7d6a00")
COLOURS = {INK: "currentColor"} | {
    colour: f"var(--series-{number}, {colour})" for number, colour in enumerate(SERIES, 1)
}
NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}
FONT = re.compile(r"font-family:[^;]*;? ?")
REFERENCE = re.compile(r"#([\w.-]+)")
DECIMALS = re.compile(r"(\.\d\d)\d+")


def inlined(figure: Figure, title: str, description: str) -> Html:
    """The figure as one `<svg role="img">` with both texts for who cannot see it."""
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # the reader's fonts will have it
        figure.savefig(file, format="svg", metadata=NO_METADATA)
    name = "f" + hashlib.sha256(file.getvalue() + f"{title}\n{description}".encode()).hexdigest()[:10]
    root = ElementTree.fromstring(file.getvalue())
    for definitions in root.findall(f"{SVG}defs"):
        for style in definitions.findall(f"{SVG}style"):  # it would style the whole page
            definitions.remove(style)
    referred = {found for one in root.iter() for value in references(one) for found in value}
    for one in root.iter():
        adapt(one, name, referred)
    root.attrib = {
        "xmlns": SVG[1:-1],
        "viewBox": root.attrib["viewBox"],
        "role": "img",
        "aria-labelledby": f"{name}-title {name}-description",
        "font-family": "system-ui, sans-serif",
        "stroke-linejoin": "round",
    }
    root[:0] = [labelled("title", name, title), labelled("desc", name, description, "description")]
    return Html(ElementTree.tostring(root, encoding="unicode"))


def references(one: ElementTree.Element) -> list[list[str]]:
    return [REFERENCE.findall(one.get(attribute, "")) for attribute in (f"{XLINK}href", "clip-path")]


def adapt(one: ElementTree.Element, name: str, referred: set[str]) -> None:
    """Without namespaces, the writer's own fonts and ids that nobody refers to; ids are this figure's own."""
    one.tag = one.tag.removeprefix(SVG)
    one.tail = None
    attributes, one.attrib = one.attrib, {}
    for attribute, value in attributes.items():
        key = attribute.removeprefix(XLINK)
        if (key == "id" and value not in referred) or value.startswith("rotate(-0 "):
            continue
        if key == "id":
            value = f"{name}-{value}"
        elif key in ("href", "clip-path"):
            value = value.replace("#", f"#{name}-")
        elif key == "style":
            value = recoloured(FONT.sub("", value))
        elif key in ("d", "transform", "x", "y", "width", "height"):
            value = DECIMALS.sub(r"\1", " ".join(value.split()))
        one.set(key, value)


def recoloured(style: str) -> str:
    for colour, meant in COLOURS.items():
        style = style.replace(colour, meant)
    return style


def labelled(tag: str, name: str, text: str, kind: str | None = None) -> ElementTree.Element:
    one = ElementTree.Element(tag, id=f"{name}-{kind or tag}")
    one.text = legible(text)
    return one
