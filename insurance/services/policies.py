"""Policies of patients and guarantee letters."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from billing.errors import OverLimit
from billing.services.limits import limit_close, limit_grant, limit_open, limit_reopen
from catalog.services.prices import today
from core import live
from core.access import is_allowed
from core.audit import audit, sentence
from core.command import check_version, command, lock
from core.errors import Invalid, NotFound
from core.files import DOCUMENTS, Purpose, file_store
from core.money import ZERO, Money
from core.templatetags.ui import money
from insurance.models import CategoryLimit, GuaranteeLetter, Insurer, Policy, Programme
from insurance.permissions import SEE_POLICIES
from ledger.models import Payer
from ledger.services import payer_ensure
from patients.models import Patient
from patients.selectors import patients_visible_to

ADDED = sentence("insurance.policy.added", _("Policy %(object)s added"), "shield-plus", "teal").code
CHANGED = sentence("insurance.policy.changed", _("Policy %(object)s changed"), "pencil", "grey").code
VERIFIED = sentence("insurance.policy.verified", _("Policy %(object)s verified"), "shield-check", "green").code
LETTER = sentence(
    "insurance.letter.added", _("Guarantee letter %(number)s to the policy %(object)s"), "file-certificate", "teal"
).code

FIELDS = (
    "number", "holder", "programme", "valid_from", "valid_to", "limit", "elsewhere", "franchise", "copay_percent", "copay_amount",
    "is_active", "note",
)  # fmt: skip


def may_read_scan(user: Any, row: Any) -> bool:
    """A scan of a policy or letter is for those who see policies of its patient."""
    seen = row.patient_id is None or patients_visible_to(user).filter(pk=row.patient_id).exists()
    return is_allowed(user, SEE_POLICIES) and seen


SCAN = Purpose("insurance.scan", DOCUMENTS, may_read_scan)


@command
def policy_save(
    *, actor: Any, patient_id: int | None = None, insurer: Insurer | None = None, policy_id: int | None = None,
    category_limits: Mapping[int, Money] | None = None, expected_version: int | None = None, **values: Any,
) -> Policy:  # fmt: skip
    """Add or change a patient's policy (INS-06). What is None in `category_limits` stays as it was.

    A limit is never set below what is used and reserved: OverLimit beside `limit`. Raises Invalid, Stale.
    """
    policy = policy_lock(policy_id) if policy_id else policy_new(patient_id, insurer)
    if policy_id:
        check_version(expected_version, policy.version)
        policy.version += 1
        if insurer is not None and insurer.pk != policy.insurer_id:
            if policy.covered.exists() or policy.approvals.exists():
                raise Invalid(fields={"insurer": _("Approvals and invoices of this policy are with this insurer.")})
            policy.insurer = insurer
    for name in FIELDS:
        if name in values:
            setattr(policy, name, values[name])
    policy.number = policy.number.strip()
    policy_check(policy)
    if not policy_id:
        policy.created_by = actor
        limit, policy.limit = policy.limit, None
        policy.save()
        policy.limit = limit
    purse_fit(policy, actor)
    policy.save()
    if category_limits is not None:
        categories_fit(policy, category_limits, actor)
    audit(actor, CHANGED if policy_id else ADDED, policy, patient_id=policy.patient_id)
    live.announce("policy", policy.pk)
    live.announce("patient", policy.patient_id)
    return policy


def policy_new(patient_id: int | None, insurer: Insurer | None) -> Policy:
    patient = Patient.objects.live().filter(pk=patient_id).first()
    if patient is None:
        raise NotFound
    if insurer is None or insurer.deleted_at is not None:
        raise Invalid(fields={"insurer": _("Choose an insurer.")})
    lock(("policies", patient.pk))
    return Policy(patient=patient, insurer=insurer)


def policy_check(policy: Policy) -> None:
    problems: dict[str, Any] = {}
    if not policy.number:
        problems["number"] = _("This field is required.")
    if policy.valid_to < policy.valid_from:
        problems["valid_to"] = _("The end is before the beginning.")
    programme: Programme | None = policy.programme
    if programme is not None and programme.insurer_id != policy.insurer_id:
        problems["programme"] = _("This programme is another insurer's.")
    if policy.limit is not None and policy.elsewhere > policy.limit:
        problems["elsewhere"] = _("More than the limit.")
    same = Policy.objects.filter(patient=policy.patient_id, insurer=policy.insurer_id, number=policy.number)
    if same.exclude(pk=policy.pk).exists():
        problems["number"] = _("The patient has this policy already.")
    if problems:
        raise Invalid(fields=problems)


def payer_of(policy: Policy) -> Payer:
    """The policy in the book: what its insurer owes for this patient."""
    return payer_ensure("dms", policy.pk, f"{policy.insurer} · {policy.number}")


def purse_fit(policy: Policy, actor: Any) -> None:
    """The limit in billing grants what the policy says, less what was used elsewhere."""
    if policy.limit is None:
        if policy.purse is not None and policy.purse.is_open:
            limit_close(limit_id=policy.purse.pk)
        return
    wanted = policy.limit - policy.elsewhere
    if policy.purse is None:
        policy.purse = limit_open(payer=payer_of(policy), granted=wanted, actor=actor, name=str(policy))
        return
    limit_reopen(limit_id=policy.purse.pk)
    policy.purse.refresh_from_db()
    regrant(policy.purse, wanted, actor, "limit")
    policy.purse.refresh_from_db()


def regrant(purse: Any, wanted: Money, actor: Any, field: str) -> None:
    difference = wanted - purse.granted
    if not difference:
        return
    try:
        limit_grant(limit_id=purse.pk, amount=difference, actor=actor)
    except OverLimit as error:
        taken = purse.used + purse.reserved
        text = _("%(sum)s are used and reserved already.") % {"sum": money(taken)}
        raise OverLimit(fields={field: text}, **error.facts) from error


def categories_fit(policy: Policy, wanted: Mapping[int, Money], actor: Any) -> None:
    """Limits of categories as given: added, changed; one that is not named any more is closed and goes."""
    known = {row.category_id: row for row in policy.category_limits.select_related("purse", "category")}
    for category_id, limit in wanted.items():
        if limit < 0:
            raise Invalid(fields={"category_limits": _("A limit is not negative.")})
        row = known.pop(category_id, None)
        if row is None:
            purse = limit_open(payer=payer_of(policy), granted=limit, actor=actor, name=f"{policy}: {category_id}")
            CategoryLimit.objects.create(policy=policy, category_id=category_id, limit=limit, purse=purse)
        elif row.limit != limit:
            regrant(row.purse, limit, actor, "category_limits")
            row.limit = limit
            row.save(update_fields=["limit"])
    for row in known.values():
        limit_close(limit_id=row.purse_id)
        row.delete()


@command
def policy_verify(*, policy_id: int, actor: Any, on: date | None = None) -> Policy:
    """Somebody asked the insurer today: the policy is in force (INS-21)."""
    policy = policy_lock(policy_id)
    policy.verified_on, policy.verified_by = on or today(), actor
    policy.version += 1
    policy.save(update_fields=["verified_on", "verified_by", "version"])
    audit(actor, VERIFIED, policy, patient_id=policy.patient_id)
    live.announce("policy", policy.pk)
    return policy


@command
def letter_add(
    *, policy_id: int, number: str, issued_on: date, actor: Any, valid_to: date | None = None, sum: Money | None = None,
    services: str = "", upload: UploadedFile | None = None,
) -> GuaranteeLetter:  # fmt: skip
    """A guarantee letter with its scan (INS-18). Raises Invalid on `number`, `valid_to`, `file`."""
    policy = policy_lock(policy_id)
    if policy.letters.filter(number=number.strip()).exists():
        raise Invalid(fields={"number": _("This letter is entered already.")})
    if valid_to is not None and valid_to < issued_on:
        raise Invalid(fields={"valid_to": _("The end is before the beginning.")})
    if sum is not None and sum < ZERO:
        raise Invalid(fields={"sum": _("A sum is not negative.")})
    file = file_store(upload, purpose=SCAN, actor=actor, patient_id=policy.patient_id) if upload else None
    name = f"{policy}: {number.strip()}"
    purse = limit_open(payer=payer_of(policy), granted=sum, actor=actor, name=name) if sum is not None else None
    letter = GuaranteeLetter.objects.create(
        policy=policy, number=number.strip(), issued_on=issued_on, valid_to=valid_to, sum=sum, services=services.strip(),
        file=file, purse=purse, created_by=actor,
    )  # fmt: skip
    audit(actor, LETTER, policy, patient_id=policy.patient_id, number=letter.number)
    live.announce("policy", policy.pk)
    return letter


def policy_lock(policy_id: int | None) -> Policy:
    rows = Policy.objects.select_for_update(of=("self",)).select_related("patient", "insurer", "programme", "purse")
    policy = rows.filter(pk=policy_id).first()
    if policy is None:
        raise NotFound
    return policy
