"""Connecting, testing and disconnecting outer services (INT-01)."""

import hashlib
import hmac
import secrets as dice
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core import clock, vault
from core.audit import audit, sentence
from core.command import check_version, command
from core.errors import Invalid, NotFound
from integrations.adapters import Adapter, Pairing, Tested, adapter_named
from integrations.errors import NotReached
from integrations.models import Connection
from integrations.wire import hidden

sentence("integrations.connection.made", _("%(object)s is connected"), "plug-connected", "green", is_timeline=False)
sentence("integrations.connection.changed", _("%(object)s: settings changed"), "plug", "blue", is_timeline=False)
sentence("integrations.connection.ended", _("%(object)s is disconnected"), "plug-off", "grey", is_timeline=False)
sentence("integrations.connection.tested", _("%(object)s was tested: %(result)s"), "stethoscope", is_timeline=False)
sentence(
    "integrations.connection.readdressed",
    _("%(object)s: a new address for callbacks"),
    "key",
    "amber",
    is_timeline=False,
)

WRITTEN_EVERY = 2  # seconds between two notes that a road works
KEY_CHANGED = _("The key of secrets has changed: enter the password again.")


def adapter_or_404(code: str) -> Adapter:
    found = adapter_named(code)
    if found is None:
        raise NotFound
    return found


def ensured(code: str) -> Connection:
    """The service's row, made at the first look."""
    adapter_or_404(code)
    Connection.objects.bulk_create([Connection(code=code, nonce=dice.token_hex(16))], ignore_conflicts=True)
    return Connection.objects.get(code=code)


def locked(code: str) -> Connection:
    return Connection.objects.select_for_update().get(pk=ensured(code).pk)


def closed(adapter: Adapter, values: Mapping[str, str]) -> list[str]:
    """The secrets among the values."""
    return [values.get(each.name, "") for each in adapter.fields if each.is_secret]


def values_of(row: Connection) -> dict[str, str]:
    """Settings and opened secrets. Raises vault.VaultClosed."""
    return {**row.options, **vault.unseal(row.secrets)}


def values_now(code: str) -> dict[str, str] | None:
    """The values of a connection that is on; None when it is off or its box cannot be opened."""
    row = Connection.objects.filter(code=code).exclude(state=Connection.State.OFF).first()
    if row is None:
        return None
    try:
        return values_of(row)
    except vault.VaultClosed:
        connection_failed(code, str(KEY_CHANGED))
        return None


def is_on(code: str) -> bool:
    return Connection.objects.filter(code=code).exclude(state=Connection.State.OFF).exists()


def token_of(row: Connection, purpose: str = "hook") -> str:
    """The secret part of the address that the service calls: it stands in no table."""
    told = f"{purpose}:{row.code}:{row.nonce}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), told, hashlib.sha256).hexdigest()[:40]


def hook_path(row: Connection) -> str:
    return reverse("integrations:hook", args=[row.code, token_of(row)])


def hook_url(code: str) -> str:
    """Our whole address for a service that is told it with each request; empty where it is not known."""
    row = Connection.objects.filter(code=code).exclude(state=Connection.State.OFF).first()
    base = str(row.facts.get("base", "")) if row else ""
    return base + hook_path(row) if row and base else ""


def given(adapter: Adapter, row: Connection, typed: Mapping[str, str]) -> dict[str, str]:
    """What was typed over what is known: an empty secret stays as it is. Raises Invalid."""
    try:
        known = values_of(row)
    except vault.VaultClosed:
        known = dict(row.options)
    values, wrong = {}, {}
    for field in adapter.fields:
        value = (typed.get(field.name) or "").strip()
        if field.is_secret and not value:
            value = known.get(field.name, "")
        values[field.name] = value or field.default
        if field.is_required and not values[field.name]:
            wrong[field.name] = _("This is needed.")
    if wrong:
        raise Invalid(fields=wrong)
    return values


def connection_make(
    *, code: str, typed: Mapping[str, str], base_url: str, actor: Any, expected_version: int | None = None
) -> Connection:
    """Test what was typed and keep it; nothing is kept when the service refuses. Raises Invalid, NotReached, Stale.

    The service is asked outside the transaction, so that the raw log keeps a refusal too. Reverse: connection_end.
    """
    adapter, row = adapter_or_404(code), ensured(code)
    check_version(expected_version, row.version)
    values = given(adapter, row, typed)
    found = adapter.test(values)
    if not found.is_right:
        text = hidden(str(found.text), closed(adapter, values))
        raise NotReached(text, fields=dict(found.fields) or {"__all__": [text]})
    facts = {**found.facts, **adapter.connected(values, base_url + hook_path(row), token_of(row, "header"))}
    return connection_keep(code=code, values=values, facts=facts, actor=actor, expected_version=row.version)


@command
def connection_keep(
    *, code: str, values: Mapping[str, str], facts: Mapping[str, Any], actor: Any, expected_version: int
) -> Connection:
    """The tested values, their secrets closed."""
    adapter, row = adapter_or_404(code), locked(code)
    check_version(expected_version, row.version)
    was_on, now = row.is_on, clock.now()
    row.options = {each.name: values[each.name] for each in adapter.fields if not each.is_secret}
    row.secrets = vault.seal({each.name: values[each.name] for each in adapter.fields if each.is_secret})
    row.state, row.facts, row.error, row.broken_since = Connection.State.ON, dict(facts), "", None
    row.checked_at = now
    if not was_on:
        row.connected_at, row.connected_by = now, actor
        adapter.adopted(actor)
    row.version += 1
    row.save()
    audit(actor, f"integrations.connection.{'changed' if was_on else 'made'}", row)
    return row


@command
def connection_end(*, code: str, actor: Any) -> Connection:
    """Forget the secrets and stop. Reverse: connection_make with them."""
    adapter, row = adapter_or_404(code), locked(code)
    if not row.is_on:
        return row
    try:
        adapter.disconnected(values_of(row), actor)
    except vault.VaultClosed:
        pass
    row.state, row.secrets, row.facts, row.error = Connection.State.OFF, "", {}, ""
    row.connected_at = row.broken_since = None
    row.nonce = dice.token_hex(16)
    row.version += 1
    row.save()
    audit(actor, "integrations.connection.ended", row)
    return row


def connection_test(*, code: str, actor: Any) -> Tested:
    """Ask the service with what is kept and write down what came of it."""
    adapter, row = adapter_or_404(code), ensured(code)
    if not row.is_on:
        raise NotFound
    try:
        values = values_of(row)
    except vault.VaultClosed:
        return connection_tested(code=code, found=Tested(False, KEY_CHANGED), actor=actor)
    found = adapter.test(values)
    clean = Tested(found.is_right, hidden(str(found.text), closed(adapter, values)), found.facts)
    return connection_tested(code=code, found=clean, actor=actor)


@command
def connection_tested(*, code: str, found: Tested, actor: Any) -> Tested:
    row = locked(code)
    row.checked_at = clock.now()
    row.facts = {**row.facts, **found.facts}
    row.state = Connection.State.ON if found.is_right else Connection.State.BROKEN
    row.error = "" if found.is_right else str(found.text)[:300]
    row.broken_since = None if found.is_right else row.broken_since or clock.now()
    row.save()
    audit(actor, "integrations.connection.tested", row, result=found.text)
    return found


def connection_readdress(*, code: str, base_url: str, actor: Any) -> Connection:
    """Another secret address for callbacks: the former one works no more. There is no way back."""
    adapter = adapter_or_404(code)
    row = connection_new_nonce(code=code, actor=actor)
    adapter.connected(values_of(row), base_url + hook_path(row), token_of(row, "header"))
    return row


@command
def connection_new_nonce(*, code: str, actor: Any) -> Connection:
    row = locked(code)
    if not row.is_on:
        raise NotFound
    row.nonce = dice.token_hex(16)
    row.version += 1
    row.save()
    audit(actor, "integrations.connection.readdressed", row)
    return row


def connection_pairing(*, code: str) -> Pairing:
    """The picture to scan with the clinic's phone; when it has been scanned, the connection is tested anew."""
    adapter, row = adapter_or_404(code), ensured(code)
    if not adapter.pairs or not row.is_on:
        raise NotFound
    try:
        values = values_of(row)
    except vault.VaultClosed:
        return Pairing("", KEY_CHANGED)
    found = adapter.pairing(values)
    if found.state and not found.picture and row.facts.get("pairing") != found.state:
        tested = adapter.test(values)
        connection_noted(code, **(tested.facts if tested.is_right else {}))
    return found


def connection_noted(code: str, **facts: Any) -> None:
    """What the service tells of itself; it works as long as it tells."""
    row = Connection.objects.filter(code=code).exclude(state=Connection.State.OFF).first()
    if row is not None:
        changes = {"state": Connection.State.ON, "error": "", "broken_since": None}
        Connection.objects.filter(pk=row.pk).update(facts={**row.facts, **facts}, **changes)


def connection_failed(code: str, error: str) -> None:
    """The road does not work: seen on the page; it is tried again all the same."""
    cache.delete(f"integrations.worked.{code}")
    rows = Connection.objects.filter(code=code).exclude(state=Connection.State.OFF)
    rows.exclude(state=Connection.State.BROKEN, error=error[:300]).update(
        state=Connection.State.BROKEN, error=error[:300], broken_since=clock.now()
    )


def connection_heard(code: str, event: str) -> None:
    """What it told last. That it speaks to us does not mean that we can speak to it: how it does is left as it is."""
    rows = Connection.objects.filter(code=code).exclude(state=Connection.State.OFF)
    rows.update(last_event_at=clock.now(), last_event=event[:200])


def connection_worked(code: str, **facts: Any) -> None:
    """We can speak to it. Written when that is news and at most once in a while, since it is told at every message."""
    if not cache.add(f"integrations.worked.{code}", 1, WRITTEN_EVERY):
        return  # hundreds of messages a minute would queue for this one row
    row = Connection.objects.filter(code=code).exclude(state=Connection.State.OFF).first()
    if row is None:
        return
    if row.state == Connection.State.BROKEN or any(row.facts.get(name) != value for name, value in facts.items()):
        changes: dict[str, Any] = {"state": Connection.State.ON, "error": "", "broken_since": None}
        if facts:
            changes["facts"] = {**row.facts, **facts}
        Connection.objects.filter(pk=row.pk, version=F("version")).update(**changes)
