"""The text of templates: pasted HTML made clean, places found, checked and filled in. Nothing in a text is ever run."""

import re
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from html import escape
from html.parser import HTMLParser

# What a text may consist of; everything else is dropped, its words stay.
TAGS = frozenset({
    "p", "div", "h1", "h2", "h3", "b", "strong", "i", "em", "u", "s", "sub", "sup", "br", "hr", "ul", "ol", "li",
    "blockquote", "table", "thead", "tbody", "tfoot", "tr", "th", "td",
})  # fmt: skip
VOID = frozenset({"br", "hr"})
SILENT = frozenset(
    {"style", "script", "head", "title", "xml", "template", "noscript", "object", "svg", "math", "iframe"}
)
ALIGNED = frozenset({"p", "div", "h1", "h2", "h3", "li", "th", "td"})
SIDES = frozenset({"left", "center", "right", "justify"})
ALIGN = re.compile(r"text-align\s*:\s*(left|center|right|justify)", re.IGNORECASE)
RENAMED = {
    "h4": "h3", "h5": "h3", "h6": "h3", "strike": "s", "del": "s", "ins": "u", "section": "div", "article": "div",
    "center": "div",
}  # fmt: skip
PLACE = re.compile(r"\{\{\s*([^{}<>]*?)\s*\}\}")
BROKEN = re.compile(r"\{\{|\}\}|\{%|%\}")
EMPTY = re.compile(r"<(p|b|i|u|strong|em|s|h[1-3]|li)(?: align=\"\w+\")?>(?:\s|\u00a0)*</\1>")
BLANK = '<span class="blank"></span>'


class Cleaner(HTMLParser):
    """Writes down only allowed tags, closed in order, with no attribute but side and span."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.open: list[str] = []
        self.silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self.silent.append(tag)
        tag = RENAMED.get(tag, tag)
        if self.silent or tag not in TAGS:
            return
        if tag == "p" and "p" in self.open[-1:]:
            self.handle_endtag("p")
        self.out.append(f"<{tag}{kept_attributes(tag, dict(attrs))}>")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.silent:
            if tag in self.silent:
                del self.silent[len(self.silent) - 1 - self.silent[::-1].index(tag) :]
            return
        tag = RENAMED.get(tag, tag)
        if tag in self.open:
            while True:
                closed = self.open.pop()
                self.out.append(f"</{closed}>")
                if closed == tag:
                    break

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.out.append(escape(data.replace("\x00", ""), quote=False))

    def text(self) -> str:
        self.close()
        while self.open:
            self.out.append(f"</{self.open.pop()}>")
        return "".join(self.out)


def kept_attributes(tag: str, attrs: Mapping[str, str | None]) -> str:
    found = ""
    if tag in ALIGNED:
        style = ALIGN.search(attrs.get("style") or "")
        side = style.group(1).lower() if style else (attrs.get("align") or "").lower()
        found += f' align="{side}"' if side in SIDES and side != "left" else ""
    if tag in ("td", "th"):
        for name in ("colspan", "rowspan"):
            value = attrs.get(name) or ""
            if value.isascii() and value.isdigit() and 1 < int(value[:3]) <= 20:
                found += f' {name}="{int(value[:3])}"'
    return found


def cleaned(html: str) -> str:
    """What was typed or pasted from Word, safe to show and to print (DOC-01). Cleaning twice changes nothing."""
    cleaner = Cleaner()
    cleaner.feed(re.sub(r"<!\[.*?\]>|</?o:[^>]*>", "", html, flags=re.DOTALL))
    text, before = cleaner.text().replace("\u00ad", ""), ""
    while text != before:  # what held only something empty is empty now
        before, text = text, EMPTY.sub("", text)
    return re.sub(r"[ \t]*\n\s*\n+", "\n", text).strip()


def places_of(body: str) -> list[str]:
    """The names that a text asks for, each once, in order."""
    return list(dict.fromkeys(PLACE.findall(body)))


def unknown_places(body: str, known: Collection[str]) -> list[tuple[str, str]]:
    """Names that mean nothing, each with the nearest one that does; a broken brace is named as it stands (DOC-02)."""
    found = [(name, next(iter(get_close_matches(name, known, 1)), "")) for name in places_of(body) if name not in known]
    rest = PLACE.sub("", body)
    return found + [(rest[max(0, at.start() - 12) : at.end() + 12], "") for at in BROKEN.finditer(rest)][:1]


def filled(body: str, values: Mapping[str, object], kept: Iterable[str] = ()) -> tuple[str, list[str]]:
    """The text with its places filled in, and which stayed empty. What knows `__html__` is markup of our own.

    A value cannot bring in a place of its own: its braces are written as entities. `kept` stay for later.
    """
    blanks: list[str] = []
    later = frozenset(kept)

    def fill(found: re.Match[str]) -> str:
        name = found.group(1)
        if name in later:
            return found.group(0)
        value = values.get(name)
        text = value.__html__() if hasattr(value, "__html__") else escape(str(value or "").strip())
        if not text:
            blanks.append(name)
            return BLANK
        return str(text).replace("{", "&#123;").replace("}", "&#125;")

    return PLACE.sub(fill, body), list(dict.fromkeys(blanks))


def is_blank(body: str) -> bool:
    return not re.sub(r"<[^>]*>|\s|\u00a0", "", body)
