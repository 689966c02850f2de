"""A page as Chromium shows it, where one is installed."""

import json
import re
import shutil
import subprocess
from html import escape, unescape
from pathlib import Path
from typing import Any

import pytest

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
BROWSING = (
    *(BROWSER or "", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--dump-dom"),
)
FRAME = """<!DOCTYPE html><iframe srcdoc="{page}" style="width: {width}px; height: 900px"></iframe>
<script>addEventListener("load", () => {{
  const inside = document.querySelector("iframe").contentWindow, root = inside.document.documentElement;
  const all = found => [...inside.document.querySelectorAll(found)];
  const right = one => one.getBoundingClientRect().right;
  const controls = all("a, input, button, summary, [tabindex]");
  const reached = controls.filter(one => {{
    one.focus();
    return inside.document.activeElement === one && one.tabIndex >= 0;
  }});
  document.documentElement.dataset.seen = JSON.stringify({{
    widths: [inside.innerWidth, root.scrollWidth],
    fetched: inside.performance.getEntriesByType("resource").length,
    shown: all("h2").filter(one => one.getBoundingClientRect().height > 0).map(one => one.id),
    pictures: all("svg").map(one => one.getBoundingClientRect().width),
    columns: new Set(all("svg").map(one => Math.round(one.getBoundingClientRect().left))).size,
    reached: reached.map(one => one.tagName),
    missed: controls.filter(one => !reached.includes(one) && !one.closest("details:not([open])"))
      .map(one => one.outerHTML.slice(0, 80)),
    beyond: all("body *")
      .filter(one => !one.closest(".wide, details, pre") && right(one) > inside.innerWidth + 1)
      .map(one => one.outerHTML.slice(0, 80)),
  }});
}})</script>"""

needs_browser = pytest.mark.skipif(
    BROWSER is None, reason="no Chromium is installed: the page is not looked at"
)


def looked_at(page: str, width: int, folder: Path) -> Any:
    """What is seen of a page of that width, in a browser that keeps its things in the folder."""
    file = folder / "page.html"
    file.write_text(FRAME.format(page=escape(page), width=width))
    dumped = subprocess.run(
        [*BROWSING, f"--user-data-dir={folder}/p", "--window-size=1400,1000", f"file://{file}"],
        capture_output=True, text=True, timeout=60, check=True,
    ).stdout  # fmt: skip
    found = re.search(r'data-seen="([^"]+)"', dumped)
    assert found, "the page was not shown"
    return json.loads(unescape(found[1]))
