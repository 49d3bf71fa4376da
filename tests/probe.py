"""Look at pages as people do: script and CSP errors, sideways overflow, cut words, serious axe findings, pictures.

For tests: `look(browser, base, pages, cookies=...)` returns a list of findings. By hand:
python -m tests.probe --base http://127.0.0.1:8000 --out pictures name=/path/ ...
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.closing import closing_in_time

ROOT = Path(__file__).resolve().parent.parent
AXE = ROOT / "node_modules/axe-core/axe.min.js"
SIZES = {"desktop": (1440, 900), "mobile": (390, 844)}
COMBOS = ("desktop-light-ru", "desktop-dark-en", "mobile-light-ru", "mobile-dark-en")
# Text wider than its box without an ellipsis, and anything that sticks out of the window.
OVERFLOW = """() => {
  const out = [];
  const page = document.documentElement;
  if (page.scrollWidth > innerWidth + 1) out.push('PAGE is ' + page.scrollWidth + ' wide');
  const scrolls = (n) => {
    for (; n && n !== document.body; n = n.parentElement) {
      const s = getComputedStyle(n);
      if (/(auto|scroll|hidden|clip)/.test(s.overflowX) || s.position === 'fixed') return true;
    }
    return false;
  };
  for (const n of document.querySelectorAll('main *')) {
    if (n.closest('svg, .ec, .sr, .air-datepicker, .offcanvas, .dropdown-menu') || n.matches('.sr')) continue;
    const r = n.getBoundingClientRect();
    if (!r.width || !r.height) continue;
    const name = n.tagName + '.' + n.className;
    if (r.right > innerWidth + 1 && !scrolls(n.parentElement)) out.push('OUT ' + name + ' to ' + Math.round(r.right));
    const s = getComputedStyle(n);
    const holds = n.matches('.b, .badge-k, .chip, h1, h2, td, .kpi, .num, .tabs > *');
    if (holds && s.textOverflow !== 'ellipsis' && s.display !== 'inline' && n.scrollWidth > n.clientWidth + 2)
      out.push('CUT ' + name + ' «' + n.textContent.trim().slice(0, 30) + '»');
  }
  return [...new Set(out)].slice(0, 8);
}"""
# aria-required-children stands in the calendar library's own markup.
AXE_RUN = """() => axe
  .run(document, {resultTypes: ['violations'],
    rules: {'aria-required-children': {enabled: !document.querySelector('.ec')}}})
  .then((r) => r.violations.filter((v) => ['serious', 'critical'].includes(v.impact))
  .map((v) => 'AXE ' + v.id + ' x' + v.nodes.length + ' '
    + v.nodes.slice(0, 3).map((n) => n.target.join(' ')).join(' | ')))"""


def look(
    browser: Any,
    base: str,
    pages: Mapping[str, str],
    *,
    cookies: Sequence[dict[str, Any]] = (),
    combos: Sequence[str] = COMBOS,
    axe: Path | None = AXE,
    out: Path | None = None,
    full: bool = False,
) -> list[str]:
    """Findings as "<page> <combo>: <what>"; empty when all is well. `cookies` carry the session."""
    findings = []
    for combo in combos:
        size, scheme, language = combo.split("-")
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            locale=f"{language}-{language.upper()}",
            has_touch=size == "mobile",
            timezone_id="Europe/Moscow",
        )
        context.add_cookies([{"name": "django_language", "value": language, "url": base}, *cookies])
        for name, url in pages.items():
            found = look_at(
                context, base + url, axe=axe, picture=out / f"{name}-{combo}.png" if out else None, full=full
            )
            findings += [f"{name} {combo}: {what}" for what in found]
        with closing_in_time():
            context.close()
    return findings


def look_at(
    context: Any, url: str, *, axe: Path | None = AXE, picture: Path | None = None, full: bool = False
) -> list[str]:
    """One page in one size and theme."""
    page = context.new_page()
    notes: list[str] = []
    page.on(
        "console",
        lambda message: notes.append(message.text[:200]) if message.type == "error" and is_ours(message.text) else None,
    )
    page.on("pageerror", lambda error: notes.append(f"SCRIPT {str(error)[:200]}"))
    answer = page.goto(url, wait_until="load")
    if answer is not None and answer.status >= 500:
        notes.append(f"STATUS {answer.status}")
    page.wait_for_timeout(500)
    notes += page.evaluate(OVERFLOW)
    if picture:
        picture.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=picture, full_page=full)
    if axe and axe.exists():
        page.evaluate(axe.read_text("utf8"))  # evaluate() is not bound by the page's CSP
        notes += page.evaluate(AXE_RUN)
    page.close()
    return list(dict.fromkeys(notes))[:12]


def is_ours(text: str) -> bool:
    """A refused request is the page's business (and a 503 of the live stream is foreseen), a broken script is ours."""
    return "status of" not in text and "EventSource" not in text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="+", help="name=/path/")
    parser.add_argument("--base", default="http://127.0.0.1:8000")
    parser.add_argument("--session", default="", help="value of the session cookie")
    parser.add_argument("--axe", type=Path, default=AXE)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--chromium", default=None)
    parser.add_argument("--combos", default=",".join(COMBOS))
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright

    cookies = [{"name": "sessionid", "value": options.session, "url": options.base}] if options.session else []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=options.chromium, args=["--no-sandbox", "--disable-gpu"])
        findings = look(
            browser,
            options.base,
            dict(page.split("=", 1) for page in options.pages),
            cookies=cookies,
            combos=options.combos.split(","),
            axe=options.axe,
            out=options.out,
            full=options.full,
        )
        browser.close()
    print("\n".join(findings) or "nothing found")
    return 1 if findings else 0


if __name__ == "__main__":
    raise SystemExit(main())
