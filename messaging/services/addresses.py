"""Messengers of a person: linked by a one-time link or by his own phone; his order of channels (MSG-10)."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from core import clock
from core.audit import audit, sentence
from core.command import check_version, command
from core.errors import Invalid, NotFound
from messaging.models import Address, Channel, LinkCode, Preference
from messaging.recipients import OWNERS

LINK_LIVES = timedelta(days=14)

sentence("messaging.address.linked", _("%(channel)s linked: %(name)s"), "brand-telegram", "green")
sentence("messaging.address.ended", _("%(channel)s unlinked: %(reason)s"), "link-off", "grey")
sentence("messaging.preference.set", _("Order of channels: %(channels)s"), "list-numbers", "blue")


def digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


@command
def link_code_make(*, patient_id: int, channel: str, actor: Any) -> str:
    """A one-time code for a link to our bot; the former ones of this patient work no more."""
    code = secrets.token_urlsafe(18)
    LinkCode.objects.filter(patient_id=patient_id, channel=channel, used_at__isnull=True).delete()
    LinkCode.objects.create(
        patient_id=patient_id, channel=channel, digest=digest(code), made_by=actor, made_at=clock.now(),
        expires_at=clock.now() + LINK_LIVES,
    )  # fmt: skip
    return code


@command
def address_link(*, code: str, channel: str, address: str, name: str = "") -> bool:
    """Who came with the code is this patient; the same code from the same chat again is no mistake. False: no such code."""
    row = LinkCode.objects.select_for_update().filter(digest=digest(code), channel=channel).first()
    if row is None or row.expires_at < clock.now():
        return False
    if row.used_at:
        return Address.objects.filter(
            patient_id=row.patient_id, channel=channel, address=address, ended_at__isnull=True
        ).exists()
    row.used_at = clock.now()
    row.save(update_fields=["used_at"])
    address_put(row.patient_id, channel, address, name)
    return True


@command
def address_link_by_phone(*, phone: str, channel: str, address: str, name: str = "") -> bool:
    """The messenger vouches that the phone is the writer's own: all cards with it are linked, a family's too."""
    owners = [pk for provider in OWNERS for pk in provider(phone)]
    for patient_id in owners:
        address_put(patient_id, channel, address, name)
    return bool(owners)


def address_put(patient_id: int, channel: str, address: str, name: str) -> None:
    live = Address.objects.select_for_update().filter(patient_id=patient_id, channel=channel, ended_at__isnull=True)
    if live.filter(address=address).exists():
        return
    live.update(ended_at=clock.now(), end_reason="another one")
    row = Address.objects.create(
        patient_id=patient_id, channel=channel, address=address[:100], name=name[:200], linked_at=clock.now()
    )
    label = Channel(channel).label
    audit(None, "messaging.address.linked", row, patient_id=patient_id, channel=label, name=name or address)


@command
def address_end(*, address_id: int, patient_id: int, actor: Any) -> None:
    """Staff unlink a messenger. Reverse: a new link."""
    row = (
        Address.objects.select_for_update().filter(pk=address_id, patient_id=patient_id, ended_at__isnull=True).first()
    )
    if row is None:
        raise NotFound
    row.ended_at, row.end_reason = clock.now(), "by hand"
    row.save(update_fields=["ended_at", "end_reason"])
    audit(
        actor,
        "messaging.address.ended",
        row,
        patient_id=patient_id,
        channel=row.get_channel_display(),
        reason=_("by hand"),
    )


@command
def address_gone(*, channel: str, address: str, reason: str) -> int:
    """Nothing will ever arrive there: he has blocked us, or has no such messenger. Reverse: a new link."""
    rows = Address.objects.filter(channel=channel, address=address, ended_at__isnull=True)
    return rows.update(ended_at=clock.now(), end_reason=reason[:100])


@command
def preference_set(
    *, patient_id: int, channels: Sequence[str], actor: Any, expected_version: int | None = None
) -> Preference | None:
    """The person's own order of channels; an empty one gives back the clinic's. Raises Invalid, Stale."""
    order = list(dict.fromkeys(channels))
    if any(each not in Channel.values for each in order):
        raise Invalid(fields={"channels": _("Choose channels of the list.")})
    row = Preference.objects.select_for_update().filter(patient_id=patient_id).first()
    check_version(expected_version, row.version if row else 0)
    words = ", ".join(str(Channel(each).label) for each in order) or _("as the clinic has it")
    if not order:
        if row:
            row.delete()
        row = None
    elif row:
        row.channels, row.version = order, row.version + 1
        row.save(update_fields=["channels", "version"])
    else:
        row = Preference.objects.create(patient_id=patient_id, channels=order)
    audit(actor, "messaging.preference.set", None, patient_id=patient_id, channels=words)
    return row
