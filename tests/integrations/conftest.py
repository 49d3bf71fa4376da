"""Emulated services, each in a process of its own, and a clinic that is connected to them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from core import policies
from integrations.services import connection_make, events_process

ROOT = Path(__file__).resolve().parents[2]
SECRET = "слово-секрет"
PASSWORD = "s3cret-PSW+"
TOKEN = "123456:AAtestTOKEN_emulated"


class Remote:
    """The control plane of an emulator that runs elsewhere."""

    def __init__(self, module: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", f"tests.emulators.{module}"], cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        told = self.process.stdout.readline() if self.process.stdout else ""
        assert told.startswith("ready "), told
        self.port = int(told.split()[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def order(self, what: str, **given):
        body = json.dumps(given).encode()
        with urlopen(Request(f"{self.url}/__emu/{what}", data=body, method="POST"), timeout=60) as answer:
            return json.loads(answer.read())

    def fault(self, path: str, kind: str, times: int = 1, **more):
        self.order("fault", path=path, kind=kind, times=times, **more)

    @property
    def messages(self):
        return self.order("state")["messages"]

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


def remote(module):
    @pytest.fixture(scope="session")
    def fixture():
        running = Remote(module)
        yield running
        running.stop()

    return fixture


smsc_process = remote("smsc")
telegram_process = remote("telegram")
beeline_process = remote("beeline")
whatsapp_process = remote("whatsapp")
atol_process = remote("atol")
business_ru_process = remote("business_ru")


@pytest.fixture
def smsc(smsc_process):
    smsc_process.order("reset")
    smsc_process.order("hang", seconds=0.05)
    return smsc_process


@pytest.fixture
def telegram(telegram_process):
    telegram_process.order("reset")
    telegram_process.order("hang", seconds=0.05)
    return telegram_process


@pytest.fixture
def beeline(beeline_process):
    beeline_process.order("reset")
    beeline_process.order("hang", seconds=0.05)
    return beeline_process


@pytest.fixture
def whatsapp(whatsapp_process):
    whatsapp_process.order("reset")
    whatsapp_process.order("hang", seconds=0.05)
    return whatsapp_process


@pytest.fixture
def atol(atol_process):
    atol_process.order("reset")
    atol_process.order("hang", seconds=0.05)
    return atol_process


@pytest.fixture
def business_ru(business_ru_process):
    business_ru_process.order("reset")
    business_ru_process.order("hang", seconds=0.05)
    return business_ru_process


@pytest.fixture
def till(atol, branch, director, live_server):
    """ATOL Online is connected and a register of the branch stands."""
    from fiscal.models import Register

    branch.legal_entity.inn = "7701234567"
    branch.legal_entity.save(update_fields=["inn"])
    values = {"login": "clinic", "password": "atol-Secret-7", "url": f"{atol.url}/possystem"}
    connection_make(code="atol", typed=values, base_url=live_server.url, actor=director)
    yield Register.objects.create(
        name="Касса Центр", branch=branch, device="atol", group="clinic-1", email="kassa@clinic.example"
    )
    policies.forget()


@pytest.fixture
def always_awake(db):
    for key in ("messaging.quiet_from", "messaging.quiet_to"):
        policies.Setting.objects.update_or_create(key=key, defaults={"value": "00:00"})
    policies.forget()
    yield
    policies.forget()


@pytest.fixture
def connected(smsc, director, always_awake, live_server):
    """SMS-Center is connected, and knows our address."""
    values = {"login": "clinic", "password": PASSWORD, "callback_secret": SECRET, "url": f"{smsc.url}/sys/"}
    row = connection_make(code="smsc", typed=values, base_url=live_server.url, actor=director)
    from integrations.services import hook_path

    smsc.order("hook", url=live_server.url + hook_path(row), secret=SECRET)
    yield row
    policies.forget()


@pytest.fixture
def bot(telegram, director, always_awake, live_server):
    values = {"token": TOKEN, "url": telegram.url}
    yield connection_make(code="telegram", typed=values, base_url=live_server.url, actor=director)
    policies.forget()


@pytest.fixture
def heard():
    """Deal with what has come in, as the worker does."""
    return events_process
