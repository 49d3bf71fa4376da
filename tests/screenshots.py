"""Pictures of the demo for the README: `make screenshots` beside a running `make run` (BASE says where it is)."""

import os
import re
from pathlib import Path

from playwright.sync_api import sync_playwright

BASE = os.environ.get("BASE", "http://127.0.0.1:8000")
FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
]
# name: (who looks, where, width, height)
# {word} in an address: the first that a page of the director leads to.
FIRST = {
    "patient": ("/patients/?treatment_status=in_treatment", r"/patients/(\d+)/"),
    "invoice": ("/invoices/", r"/invoices/(\d+)/"),
}
PICTURES = {
    "schedule": ("administrator", "/schedule/?view=day", 1440, 900),
    "home": ("director", "/home/", 1440, 900),
    "patients": ("administrator", "/patients/", 1440, 900),
    "card": ("director", "/patients/{patient}/", 1440, 900),
    "diagnostics": ("director", "/patients/{patient}/diagnostics/", 1440, 900),
    "invoice": ("director", "/invoices/{invoice}/", 1440, 900),
    "invoices": ("finance", "/invoices/", 1440, 900),
    "my-day": ("doctor", "/my-day/", 390, 844),
}


def sign_in(browser, login: str, width: int = 1440, height: int = 900):
    page = browser.new_page(viewport={"width": width, "height": height}, locale="ru-RU", timezone_id="Europe/Moscow")
    page.goto(f"{BASE}/accounts/login/")
    page.fill("[name=login]", login)
    page.fill("[name=password]", "demo")
    page.click("button[type=submit]")
    page.wait_for_load_state()
    return page


def first_ones(browser) -> dict[str, str]:
    """Numbers of a patient and an invoice worth a picture."""
    page, found = sign_in(browser, "director"), {}
    for word, (path, pattern) in FIRST.items():
        page.goto(BASE + path)
        found[word] = re.search(pattern, page.content())[1]
    page.close()
    return found


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS
        )
        numbers = first_ones(browser)
        for name, (login, path, width, height) in PICTURES.items():
            page = sign_in(browser, login, width, height)
            page.goto(BASE + path.format(**numbers))
            page.wait_for_timeout(2500)
            page.screenshot(path=FOLDER / f"{name}.png")
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
