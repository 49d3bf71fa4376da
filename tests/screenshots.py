"""Pictures of the demo for the README: `make screenshots` beside a running `make run` (BASE says where it is)."""

import os
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
PICTURES = {
    "schedule": ("administrator", "/schedule/?view=day", 1440, 900),
    "home": ("director", "/home/", 1440, 900),
    "patients": ("administrator", "/patients/", 1440, 900),
    "card": ("director", "/patients/{patient}/", 1440, 900),
    "diagnostics": ("director", "/patients/{patient}/diagnostics/", 1440, 900),
    "invoice": ("administrator", "/invoices/{invoice}/", 1440, 900),
    "invoices": ("finance", "/invoices/", 1440, 900),
    "my-day": ("doctor", "/my-day/", 390, 844),
}


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS
        )
        for name, (login, path, width, height) in PICTURES.items():
            page = browser.new_page(viewport={"width": width, "height": height}, locale="ru-RU")
            page.goto(f"{BASE}/accounts/login/")
            page.fill("[name=login]", login)
            page.fill("[name=password]", "demo")
            page.click("button[type=submit]")
            page.wait_for_load_state()
            page.goto(BASE + path)
            page.wait_for_timeout(2500)
            page.screenshot(path=FOLDER / f"{name}.png")
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
