"""Fixtures of the machinery: the database, real web and worker processes, the browser.

`web` and `web2` are real gunicorns, `worker` a real Celery on the same database and broker; they need rows that are
committed, so they bring the transactional database with them. `page` is a Chromium page; `sign_in(page, user)` puts
a session into it. `eager` runs tasks on the spot.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest
from django.test import Client, TransactionTestCase
from whitenoise.middleware import WhiteNoiseMiddleware

from tests.closing import OURS, closing_in_time
from tests.servers import DATABASE, ROOT, state

pytest_plugins = ["tests.cast"]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
CHROMIUM_FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
SKIPPED = "BROWSER TESTS WERE SKIPPED: there is no Chromium here (on Debian: apt install chromium)"


# --- the database ----------------------------------------------------------------------------------


def _reset_instead_of_flush(self):
    """Back to the template's rows in one statement; see seed.sql."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select seed.reset()")


TransactionTestCase._fixture_teardown = _reset_instead_of_flush
# Each test client would look through all static files anew; they are for the real web servers, which do it once.
WhiteNoiseMiddleware.add_files_from_finders = lambda self: None


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker):
    """A copy of the migrated template for this process, instead of migrating each time."""
    from config import database, embedded

    server = embedded.connect()
    database.database_drop(server, DATABASE)
    with server.cursor() as cursor:
        template = os.environ["TEST_TEMPLATE"]
        cursor.execute(f'create database "{DATABASE}" owner clinic_owner template "{template}" strategy file_copy')
    server.close()
    with django_db_blocker.unblock():
        yield
        from django.db import connections

        connections.close_all()


@pytest.fixture(autouse=True)
def empty_cache():
    """Sessions and cached rights of one test are nobody's in the next."""
    from django.core.cache import cache

    from core import shared

    cache.clear()
    shared.forget()


# --- background work -------------------------------------------------------------------------------


@pytest.fixture
def eager():
    """Tasks run at once, in this process and transaction."""
    from config.celery import app

    app.conf.task_always_eager = app.conf.task_eager_propagates = True
    yield
    app.conf.task_always_eager = app.conf.task_eager_propagates = False


@pytest.fixture
def worker(transactional_db):
    """A real worker on this test's database; it goes with the test, or it would work in the next one's."""
    from config.celery import app

    app.control.purge()  # what earlier tests sent to nobody
    command = ["-m", "celery", "-q", "-A", "config", "worker", "-P", "solo", "-l", "WARNING"]
    process = _start("worker", [sys.executable, "-W", "ignore", *command, "--without-gossip", "--without-mingle"])
    end = time.monotonic() + 30
    while not app.control.ping(timeout=0.5):
        assert process.poll() is None and time.monotonic() < end, _words_of("worker")
    yield process
    _stop(process)


@pytest.fixture
def beat(worker, tmp_path):
    """The alarm clock of the periodic tasks, for the tests that no human may help."""
    command = ["-m", "celery", "-q", "-A", "config", "beat", "-s", str(tmp_path / "beat"), "--pidfile", ""]
    process = _start("beat", [sys.executable, "-W", "ignore", *command, "--loglevel", "WARNING"])
    yield process
    assert process.poll() is None, _words_of("beat")
    _stop(process)


# --- web servers -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def _web_processes(django_db_setup):
    """Started when first asked for, one after another, and kept for the session."""
    started: list[tuple[str, subprocess.Popen]] = []

    def give(count: int) -> list[str]:
        while len(started) < count:
            started.append(_start_web(f"web{len(started) + 1}"))
        for _url, process in started:
            assert process.poll() is None, "a web server died; see the logs in the state folder"
        return [url for url, _process in started[:count]]

    yield give
    for _url, process in started:
        _stop(process)


def _start_web(name: str) -> tuple[str, subprocess.Popen]:
    from config.run import web_command

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    process = _start(name, [sys.executable, *web_command(f"127.0.0.1:{port}")])
    end = time.monotonic() + 60
    while True:
        assert process.poll() is None and time.monotonic() < end, _words_of(name)
        try:
            urllib.request.urlopen(f"{url}/healthz", timeout=5).close()
            return url, process
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)


@pytest.fixture
def web(transactional_db, _web_processes) -> str:
    """The address of one real web server, as http://127.0.0.1:12345."""
    return _web_processes(1)[0]


@pytest.fixture
def web2(transactional_db, _web_processes) -> list[str]:
    """The addresses of two separate web servers on one database and broker."""
    return _web_processes(2)


def _start(name: str, command: list[str]) -> subprocess.Popen:
    from config.embedded import die_with_parent

    with open(state.STATE / f"logs/{name}-{DATABASE}.log", "wb") as log:
        return subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            preexec_fn=die_with_parent, process_group=0,
        )  # fmt: skip


def _stop(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _words_of(name: str) -> str:
    return (state.STATE / f"logs/{name}-{DATABASE}.log").read_text("utf8", "replace")[-4000:]


# --- the browser -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def _chromium():
    """Debian's Chromium, or a skip that the end of the run tells loudly; `get` starts another where it has ended."""
    if not CHROMIUM:
        if os.environ.get("BROWSER_REQUIRED") == "1":
            pytest.fail(SKIPPED)
        pytest.skip(SKIPPED)
    from playwright.sync_api import sync_playwright

    started = []

    def get():
        if not started or not started[-1].is_connected():
            started.append(playwright.chromium.launch(executable_path=CHROMIUM, args=[*CHROMIUM_FLAGS, OURS]))
        return started[-1]

    with sync_playwright() as playwright:
        yield get
        with closing_in_time():
            started[-1].close()


@pytest.fixture
def browser(_chromium):
    return _chromium()


@pytest.fixture
def page(browser):
    """A fresh page in Russian; `page.errors` collects what scripts and the content policy complain of."""
    context = browser.new_context(locale="ru-RU", timezone_id="Europe/Moscow", viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on(
        "console",
        lambda message: message.type == "error" and page.errors.append(f"{message.text} {message.location['url']}"),
    )
    yield page
    with closing_in_time():
        context.close()


@pytest.fixture
def sign_in():
    """sign_in(page, user, url): a session cookie without the sign-in page."""

    def put(page, user, url: str) -> None:
        client = Client()
        client.force_login(user)
        cookie = client.cookies["sessionid"].value
        page.context.add_cookies(
            [{"name": "sessionid", "value": cookie, "domain": urlsplit(url).hostname, "path": "/"}]
        )

    return put


def pytest_collection_modifyitems(items):
    """A page that was late on a busy machine is asked once more; a wrong answer, which is an assertion, is not."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(
                pytest.mark.flaky(reruns=1, only_rerun=[r"^TimeoutError", r"^Error: (Page|Locator|Frame)\."])
            )


def pytest_terminal_summary(terminalreporter):
    """Nobody should believe that what was skipped has passed, nor overlook what was asked twice."""
    if late := terminalreporter.stats.get("rerun", []):
        terminalreporter.section("pages that were late and were asked once more", yellow=True)
        for report in late:
            terminalreporter.line(f"{report.nodeid}\n{str(report.longrepr)[-600:]}")
    if any(SKIPPED in str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])):
        terminalreporter.section(SKIPPED, sep="!", red=True, bold=True)
