"""A code by SMS proves that a phone is the patient's (setting `scheduling.online_code`)."""

import secrets
from datetime import timedelta

from django.utils.crypto import constant_time_compare, salted_hmac

from clinic.models import Branch
from core import clock
from core.audit import audit
from core.command import command
from messaging.recipients import Recipient
from messaging.services import message_queue
from scheduling.models import PhoneCode
from scheduling.online import words
from scheduling.online.errors import WrongCode
from scheduling.visitors import Online

LASTS = timedelta(minutes=10)
KEPT = timedelta(days=1)
SUBJECT = "scheduling.phone_code"


def digest_of(phone: str, code: str) -> str:
    return salted_hmac(SUBJECT, f"{phone}:{code}", algorithm="sha256").hexdigest()


@command
def code_send(*, phone: str, language: str, branch: Branch) -> PhoneCode:
    """A new code into the outbox; an earlier one no longer fits. Who may ask how often is the caller's to limit.

    There is nothing to reverse: it ends by itself.
    """
    code = f"{secrets.randbelow(100000):05d}"
    now = clock.now()
    PhoneCode.objects.filter(phone=phone, used_at__isnull=True).update(expires_at=now)
    row = PhoneCode.objects.create(phone=phone, digest=digest_of(phone, code), sent_at=now, expires_at=now + LASTS)
    message_queue(
        purpose=words.CODE.code, recipient=Recipient(phone, language=language), branch=branch, actor=None, is_urgent=True,
        facts={"code": code, "branch": branch.name}, subject=(SUBJECT, row.pk), expires_at=row.expires_at,
    )  # fmt: skip
    audit(Online((branch.pk,)), words.CODE_SENT, branch_id=branch.pk, phone=phone)
    return row


@command
def code_use(*, phone: str, code: str) -> None:
    """The newest code of the phone, once. Raises WrongCode; counting wrong tries is the caller's."""
    rows = PhoneCode.objects.select_for_update().filter(phone=phone, used_at__isnull=True, expires_at__gt=clock.now())
    row = rows.order_by("-sent_at", "-pk").first()
    if row is None or not constant_time_compare(row.digest, digest_of(phone, code.strip())):
        raise WrongCode(fields={"code": WrongCode.message})
    row.used_at = clock.now()
    row.save(update_fields=["used_at"])


def codes_sweep() -> int:
    """Codes of yesterday prove nothing any more."""
    return PhoneCode.objects.filter(expires_at__lt=clock.now() - KEPT).delete()[0]
