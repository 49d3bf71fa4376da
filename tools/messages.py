"""Translations without gettext programs: extract, keep what is translated, fill what another catalogue knows, check.

python tools/messages.py update [--memory other.po ...] [--only app ...]   strings of templates and Python -> locale/<app>/<language>
python tools/messages.py check                            missing Russian and Romanian, fuzzy entries, placeholders that differ
python tools/messages.py compile                          each .mo that is missing or older than its .po

A string belongs to the app in whose folder (or templates/<app>/) it stands; the shell (core, config, templates of
the shell, components, parts, account pages) goes first, then the apps from the lowest layer up, so that each string
stands in one catalogue only. Scripts have no strings of their own: their words come through core.context.js_strings.
"""

import argparse
import ast
import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import polib
from babel.messages.extract import extract

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
SHELL = "shell"
SHELL_FOLDERS = frozenset({"core", "config", "cotton", "cells", "parts", "account", "mfa", "usersessions", "allauth"})
KEYWORDS = {
    name: None for name in ("_", "gettext", "gettext_lazy", "gettext_noop")
} | {
    "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3), "npgettext_lazy": ((1, "c"), 2, 3),
}  # fmt: skip
PLURALS = {
    "ru": "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);",
    "ro": "nplurals=3; plural=(n==1 ? 0 : n==0 || (n%100>0 && n%100<20) ? 1 : 2);",
}
# Romanian is the language of the partners' portal and of the pages that a partner meets on his way into it, and of the
# pages for patients. Of these apps every string has its line; of others only those that such a page shows.
ROMANIAN = frozenset({SHELL, "partners"})
PATIENT_SOURCES = (
    "templates/scheduling/book/", "scheduling/views/book.py", "scheduling/views/book_link.py", "scheduling/online/forms.py",
    "scheduling/online/errors.py", "core/phones.py", "core/errors.py",
)  # fmt: skip
PORTAL_SOURCES = (
    "templates/plain.html", "templates/account/", "templates/mfa/", "templates/403.html", "templates/404.html",
    "templates/410.html", "templates/500.html", "templates/refused.html", "templates/parts/field.html", "templates/parts/form_fields.html",
)  # fmt: skip
# `from django.utils.translation import gettext_lazy as say`: the strings of `say(...)` are strings too.
ALIAS = re.compile(rf"\b({'|'.join(KEYWORDS)}) as (\w+)")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}|%[sd]")

Key = tuple[str, str]  # context, source string


@dataclass(slots=True)
class Found:
    """A string of the sources: its plural, if any, and where it stands."""

    owner: str
    plural: str = ""
    files: list[str] = field(default_factory=list)


def apps() -> list[str]:
    """Our apps, lowest layer first."""
    sys.path.insert(0, str(ROOT))
    from config.settings import OUR_APPS

    return list(OUR_APPS)


def owner_of(path: Path) -> str:
    """The catalogue of a file."""
    parts = path.relative_to(ROOT).parts
    if parts[0] != "templates":
        return SHELL if parts[0] in SHELL_FOLDERS else parts[0]
    return SHELL if len(parts) == 2 or parts[1] in SHELL_FOLDERS else parts[1]


def sources(known: Iterable[str]) -> Iterator[Path]:
    for name in ("core", "config", *(app for app in known if app != "core")):
        yield from sorted(path for path in (ROOT / name).rglob("*.py") if "migrations" not in path.parts)
    yield from sorted((ROOT / "templates").rglob("*.html"))


def strings_of(path: Path) -> Iterator[tuple[str, str, str]]:
    """(context, source, plural) of one file. Tags inside attributes of components are tags like any other."""
    text = path.read_text("utf8")
    if path.suffix == ".html":
        from django.utils.translation.template import templatize

        text = templatize(text)
    keywords = KEYWORDS | {alias: KEYWORDS[name] for name, alias in ALIAS.findall(text)}
    for _line, message, _comments, context in extract("python", BytesIO(text.encode()), keywords=keywords):
        single, plural = (message[0], message[-1]) if isinstance(message, tuple) else (message, "")
        if single:
            yield context or "", single, plural
    if path.suffix == ".py":
        yield from in_f_strings(text, keywords)


def in_f_strings(text: str, keywords: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Plain strings inside of f"{_('…')}": to the extractor a whole f-string is one word."""
    for outer in ast.walk(ast.parse(text)):
        for node in ast.walk(outer) if isinstance(outer, ast.JoinedStr) else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in keywords:
                words = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
                if len(words) == 1:
                    yield "", words[0], ""


def collect() -> dict[Key, Found]:
    """Every string of the project, each with one owner: the lowest that uses it."""
    known = apps()
    rank = {name: place for place, name in enumerate((SHELL, *known))}
    found: dict[Key, Found] = {}
    for path in sources(known):
        owner, name = owner_of(path), str(path.relative_to(ROOT))
        if owner not in rank:
            continue
        for context, single, plural in strings_of(path):
            entry = found.setdefault((context, single), Found(owner))
            if rank[owner] < rank[entry.owner]:
                entry.owner = owner
            entry.plural = entry.plural or plural
            if name not in entry.files:
                entry.files.append(name)
    return found


def place_of(name: str) -> str:
    """A template is named as it is loaded, a Python file by its path."""
    return name.removeprefix("templates/")


def catalogue_path(owner: str, language: str) -> Path:
    return LOCALE / owner / language / "LC_MESSAGES/django.po"


def key_of(entry: polib.POEntry) -> Key:
    return entry.msgctxt or "", entry.msgid


def is_translated(entry: polib.POEntry) -> bool:
    if entry.msgid_plural:
        return bool(entry.msgstr_plural) and all(entry.msgstr_plural.values())
    return bool(entry.msgstr)


def memory_of(language: str, extra: Iterable[Path] = ()) -> dict[Key, polib.POEntry]:
    """All translations that we have, by exact key; then by the string alone, whatever its context."""
    ours = sorted(LOCALE.glob(f"*/{language}/LC_MESSAGES/django.po"))
    others = [path for path in extra if f"/{language}/" in str(path) or path.stem == language]
    known: dict[Key, polib.POEntry] = {}
    for path in (*ours, *others):
        for entry in polib.pofile(str(path)):
            if is_translated(entry) and not entry.obsolete:
                known.setdefault(key_of(entry), entry)
                known.setdefault(("*", entry.msgid), entry)
    return known


def translated(key: Key, plural: str, known: dict[Key, polib.POEntry], forms: int) -> dict[str, object]:
    """What the memory gives for a string; a plural is taken only with all its forms."""
    entry = known.get(key) or known.get(("*", key[1]))
    if plural:
        good = entry is not None and len(entry.msgstr_plural) == forms and is_translated(entry)
        return {"msgstr_plural": dict(entry.msgstr_plural) if good else dict.fromkeys(range(forms), "")}
    return {"msgstr": (entry.msgstr or entry.msgstr_plural.get(0, "")) if entry else ""}


def update(memory: Iterable[Path] = (), only: Iterable[str] = ()) -> dict[str, int]:
    """Write the catalogues (or only those of some apps) anew from the sources; gives how many strings each has."""
    found, counts = collect(), {}
    for language, plurals in PLURALS.items():
        known = memory_of(language, memory)
        forms = int(plurals[9])
        for owner in sorted({entry.owner for entry in found.values()}):
            mine = {key: entry for key, entry in found.items() if entry.owner == owner and is_kept(language, entry)}
            if not mine or (only and owner not in only):
                continue
            counts[f"{owner}/{language}"] = len(mine)
            write(catalogue_path(owner, language), language, plurals, [
                polib.POEntry(
                    msgctxt=key[0] or None, msgid=key[1], msgid_plural=entry.plural,
                    occurrences=[(name, "") for name in sorted(place_of(name) for name in entry.files)],
                    flags=["python-format"] if "%(" in key[1] else [],
                    **translated(key, entry.plural, known, forms),
                )
                for key, entry in sorted(mine.items(), key=lambda item: (item[0][1], item[0][0]))
            ])  # fmt: skip
        if not only:
            drop_left_over(language, {entry.owner for entry in found.values() if is_kept(language, entry)})
    return counts


def write(path: Path, language: str, plurals: str, entries: list[polib.POEntry]) -> None:
    """Nothing is touched when nothing has changed, so that the .mo stays fresh."""
    book = polib.POFile(wrapwidth=110)
    book.metadata = {
        "Project-Id-Version": "Kabinet", "Language": language, "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8", "Content-Transfer-Encoding": "8bit", "Plural-Forms": plurals,
    }  # fmt: skip
    book.extend(entries)
    text = str(book) + "\n"
    if not path.exists() or path.read_text("utf8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf8")


def drop_left_over(language: str, owners: set[str]) -> None:
    for path in LOCALE.glob(f"*/{language}/LC_MESSAGES/django.po"):
        if path.parts[-4] not in owners:
            path.unlink()


def check() -> list[str]:
    """What is wrong: sentences for people. Asks the sources too, so that a forgotten `update` is seen."""
    wrong: list[str] = []
    found = collect()
    for language in PLURALS:
        have = {key_of(entry): (path, entry) for path in sorted(LOCALE.glob(f"*/{language}/LC_MESSAGES/django.po"))
                for entry in polib.pofile(str(path)) if not entry.obsolete}  # fmt: skip
        for key, where in found.items():
            if not is_needed(language, where):
                continue
            _path, entry = have.get(key, (None, None))
            if entry is None:
                wrong.append(
                    f"{language} {where.owner}: not in the catalogue, run make messages: {key[1]!r} ({where.files[0]})"
                )
            elif not is_translated(entry):
                wrong.append(f"{language} {where.owner}: not translated: {key[1]!r} ({where.files[0]})")
        for path, entry in have.values():
            wrong += [f"{path.relative_to(ROOT)}: {what}: {entry.msgid!r}" for what in faults(entry)]
    return wrong


def is_kept(language: str, where: Found) -> bool:
    """Whether a catalogue has a line for it, translated or not."""
    return language == "ru" or where.owner in ROMANIAN or is_needed(language, where)


def is_needed(language: str, where: Found) -> bool:
    """Whether its translation may not be missing."""
    if language == "ru" or where.owner == "partners":
        return True
    if any(name.startswith(PATIENT_SOURCES) for name in where.files):
        return True
    return where.owner == SHELL and any(name.startswith(PORTAL_SOURCES) for name in where.files)


def faults(entry: polib.POEntry) -> Iterator[str]:
    if entry.fuzzy:
        yield "fuzzy"
    texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
    wanted = set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
    for text in filter(None, texts):
        given = set(PLACEHOLDER.findall(text))
        # The form for one may leave the number out; nothing may be invented.
        if given - wanted or (not entry.msgid_plural and wanted - given):
            yield f"placeholders differ: {sorted(wanted ^ given)}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("update", "check", "compile"), nargs="?", default="update")
    parser.add_argument("--memory", type=Path, nargs="*", default=(), help="other .po files to take translations from")
    parser.add_argument("--only", nargs="*", default=(), help="write the catalogues of these apps only")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    start_django()
    if options.what == "update":
        counts = update(options.memory, options.only)
        print(f"{sum(counts.values())} strings in {len(counts)} catalogues")
    if options.what in ("update", "check"):
        wrong = check()
        print("\n".join(wrong) or "nothing is missing")
        if options.what == "check":
            return 1 if wrong else 0
    from config.messages import compile_stale

    print(compile_stale(), "catalogues compiled")
    return 0


def start_django() -> None:
    """Only for the template lexer: no apps, no database."""
    from django.conf import settings

    if not settings.configured and not os.environ.get("DJANGO_SETTINGS_MODULE"):
        settings.configure(USE_I18N=True)


if __name__ == "__main__":
    raise SystemExit(main())
