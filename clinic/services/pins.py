"""Quick change of the person at a reception machine by a short number (PIN).

The PIN opens only machines on which the person has once signed in with everything: password and, if it is on, the
second factor. Such a machine carries a signed list of its people. Five wrong tries in fifteen minutes, then the
password is needed. The session changes its user for real, so that the audit stays true.
"""

from datetime import timedelta
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from clinic import rules
from clinic.errors import PinRefused
from clinic.models import User
from clinic.services.accounts import account_locked
from clinic.services.common import changed
from core.audit import audit, sentence
from core.command import command
from core.errors import Invalid
from core.throttle import Limit

PIN = Limit("pin", 5, timedelta(minutes=15))
QUIET = {"is_timeline": False}
sentence("clinic.pin.set", _("%(object)s has set a PIN"), "password", "violet", **QUIET)
sentence("clinic.pin.dropped", _("The PIN of %(object)s was removed"), "password", "amber", **QUIET)
sentence("clinic.pin.used", _("%(object)s took the machine over by PIN"), "switch-horizontal", **QUIET)

FAULTS = {
    "length": _("A PIN has four to six digits."),
    "simple": _("This PIN is too easy to guess: one digit repeated, or digits in a row."),
}


@command
def pin_set(*, user: User, pin: str, password: str, actor: Any) -> None:
    """Set one's own PIN; the password is asked for again. Reverse: pin_drop."""
    if not user.check_password(password):
        raise Invalid(fields={"password": say("The password is wrong.")})
    if fault := rules.pin_fault(pin):
        raise Invalid(fields={"pin": FAULTS[fault]})
    changed(user, {"pin_hash": make_password(pin)})
    audit(actor, "clinic.pin.set", user)


@command
def pin_drop(*, pk: int, actor: Any) -> None:
    """No quick change to this person any more."""
    user = User.objects.get(pk=pk) if actor.pk == pk else account_locked(pk, actor)
    if changed(user, {"pin_hash": ""}):
        audit(actor, "clinic.pin.dropped", user)


def pin_check(*, pk: int, pin: str, machine: str, known_ids: list[int]) -> User:
    """The user whose PIN this is, on a machine that knows him. Raises PinRefused, Throttled.

    Not a command: a wrong try must stay counted though the request is refused.
    """
    PIN.check(pk, machine)
    user = (
        User.objects.filter(pk=pk, pk__in=known_ids, is_active=True, partner_id__isnull=True)
        .exclude(pin_hash="")
        .first()
    )
    if user is None or not check_password(pin, user.pin_hash):
        PIN.failed(pk, machine)
        raise PinRefused
    PIN.check(pk, machine)
    PIN.forget(pk, machine)
    audit(user, "clinic.pin.used", user)
    return user
