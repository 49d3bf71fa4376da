"""What tests of online booking share: the page as a patient's phone sees it."""

import re
from datetime import timedelta

from django.test import Client

from core import policies
from core.services import policies_set
from scheduling.models import OnlineBooking
from scheduling.selectors.online import wanted_of
from tests.factories import ServiceFactory

HINTS = {
    "last_name": "Новикова",
    "first_name": "Ольга",
    "phone": "+7 900 555-11-22",
    "consent": "on",
    "wants_reminders": "on",
}


def set_policies(director, **values):
    """At once: a test's transaction never commits, so the cache is not dropped by itself."""
    policies_set(values={f"scheduling.{name}": value for name, value in values.items()}, actor=director)
    policies.forget()


class Phone:
    """A patient's browser: nobody is signed in."""

    def __init__(self, language="en", address="10.0.0.1"):
        self.client = Client(headers={"Accept-Language": language}, REMOTE_ADDR=address)

    def get(self, url):
        return self.client.get(url)

    def post(self, url, data=None):
        return self.client.post(url, data or {})

    def times(self, branch, *, service=0, doctor="any", day=None):
        """The buttons of the page: «doctor.chair.moment»."""
        url = f"/book/?branch={branch.pk}&service={service}&doctor={getattr(doctor, 'pk', doctor)}"
        page = self.get(url + (f"&day={day}" if day else "")).content.decode()
        return re.findall(r'name="time" value="([\d.]+)"', page)

    def hold(self, branch, time, *, service=0, doctor="any"):
        data = {"branch": branch.pk, "service": service, "doctor": getattr(doctor, "pk", doctor), "time": time}
        return self.post("/book/hold/", data)

    def form(self, branch, time, **wanted):
        """The signed slot of the form that opens for a time."""
        answer = self.hold(branch, time, **wanted)
        assert answer.status_code == 302 and "slot=" in answer["Location"], answer["Location"]
        page = self.get(answer["Location"]).content.decode()
        return re.search(r'name="slot" value="([^"]+)"', page)[1]

    def send(self, slot, **typed):
        return self.post("/book/details/", HINTS | {"slot": slot} | typed)

    def book(self, branch, time, **typed):
        """All the way; gives the booking and its link."""
        answer = self.send(self.form(branch, time), **typed)
        assert answer.status_code == 302, answer.content.decode()[-3000:]
        return OnlineBooking.objects.order_by("-pk").first(), answer["Location"].partition("?")[0]


def moment_of(start, doctor, chair):
    return f"{doctor.pk}.{chair.pk}.{int(start.timestamp())}"


def service_made(**fields):
    from scheduling.models import OnlineService

    return OnlineService.objects.create(service=ServiceFactory(**fields))


def wanted_for(branch, service=0, doctor=None):
    return wanted_of(branch.pk, service, doctor and doctor.pk)


MINUTE = timedelta(minutes=1)
