"""What of the calendar stands in the way when a patient, a doctor, a chair or a branch is put into the trash."""

from typing import Any

from django.utils.translation import ngettext

from clinic.models import Branch, Chair, Staff
from core import clock
from patients.models import Patient
from scheduling.models import Appointment, Shift
from scheduling.rules import OPEN

VISITS: dict[type, str] = {Patient: "patient", Staff: "doctor", Chair: "chair", Branch: "branch"}
SHIFTS: dict[type, str] = {Staff: "doctor", Chair: "chair", Branch: "chair__branch"}


def obstacles(row: Any) -> list[str]:
    """Visits and shifts ahead; what is over keeps pointing to the row and does not need it live."""
    found, now = [], clock.now()
    if name := VISITS.get(type(row)):
        count = Appointment.objects.filter(**{name: row}, ends_at__gt=now, state__in=OPEN).count()
        if count:
            found.append(ngettext("%(n)s appointment ahead", "%(n)s appointments ahead", count) % {"n": count})
    if name := SHIFTS.get(type(row)):
        count = Shift.objects.filter(**{name: row}, ends_at__gt=now).count()
        if count:
            found.append(ngettext("%(n)s shift ahead", "%(n)s shifts ahead", count) % {"n": count})
    return found
