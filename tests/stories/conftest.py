"""Persons at their screens: `at_work(user, "ru")` is a browser of one of the staff."""

import json
import re
import time

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.utils import translation
from playwright.sync_api import Error

from tests.closing import closing_in_time
from tests.small_clinic import small_clinic

DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
LOCALES = {"ru": "ru-RU", "en": "en-US"}


def spoken(text, language, context=None, **values):
    """The words that the page shows for a source string."""
    with translation.override(language):
        said = translation.pgettext(context, text) if context else translation.gettext(text)
    return said % values if values else said


def settles(check, seconds=10):
    """Wait until the database says so; the last try fails with its own words."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            return check()
        except (AssertionError, ObjectDoesNotExist):
            time.sleep(0.1)
    return check()


def becomes(found, wanted):
    """What is asked for is so, sooner or later."""

    def check():
        assert found() == wanted

    settles(check)


def is_now(row, **wanted):
    """The row in the database, sooner or later, is so."""

    def check():
        row.refresh_from_db()
        assert {name: getattr(row, name) for name in wanted} == wanted

    settles(check)


class Screen:
    """One person's page. Buttons are pressed by the words that he reads, in his language."""

    def __init__(self, page, web, language):
        self.page, self.web, self.language = page, web, language
        self.wrong = []
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("response", lambda answer: answer.status >= 500 and self.wrong.append(f"{answer.status} {answer.url}"))

    def say(self, text, context=None, **values):
        return spoken(text, self.language, context, **values)

    def go(self, path):
        """To another page; where the answer to an earlier press takes this page elsewhere meanwhile, once more."""
        for tries_left in (2, 1, 0):
            try:
                self.page.goto(self.web + path)
                return self
            except Error as error:
                crossed = any(words in str(error) for words in ("ERR_ABORTED", "interrupted by another navigation"))
                if not (crossed and tries_left):
                    raise
                self.page.wait_for_load_state()

    def press(self, text, context=None, inside="body", **values):
        said = re.compile(rf"^\s*{re.escape(self.say(text, context, **values))}")
        place = self.page.locator(inside)
        place.get_by_role("button", name=said).or_(place.get_by_role("link", name=said)).locator(
            "visible=true"
        ).first.click()
        return self

    def fill(self, name, value, inside="body"):
        self.page.locator(f"{inside} [name={name}]").locator("visible=true").first.fill(value)
        return self

    def sees(self, text, inside="body"):
        self.page.locator(inside).get_by_text(text).locator("visible=true").first.wait_for(timeout=10_000)
        return self

    def api(self, path):
        return json.loads(self.page.request.get(self.web + "/api/v1/" + path).text())


@pytest.fixture
def clinic(web):
    return small_clinic()


@pytest.fixture
def at_work(browser, web, sign_in):
    """`at_work(user, "en", PHONE)`; at the end nobody's page has had an error in it."""
    screens = []

    def sit_down(user, language="ru", size=DESK, address=None):
        context = browser.new_context(
            locale=LOCALES[language], timezone_id="Europe/Moscow", viewport=size, has_touch=size is PHONE,
            is_mobile=size is PHONE,
        )  # fmt: skip
        context.set_default_timeout(15_000)
        page = context.new_page()
        sign_in(page, user, address or web)
        screens.append(Screen(page, address or web, language))
        return screens[-1]

    yield sit_down
    for screen in screens:
        with closing_in_time():
            screen.page.context.close()
    assert [screen.wrong for screen in screens if screen.wrong] == []
