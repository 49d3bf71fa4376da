"""Where certificates show: navigation, the patient's card and money, what a merge and a hand-over must heed."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from core.navigation import SECTIONS, Item
from patients.slots import ACTIONS, EXPORTS, MERGE_CONFLICTS, CardAction, Conflict, MergeCheck, Section
from taxes.models import Certificate, CertificateNumber
from taxes.permissions import ISSUE, SEE

SECTIONS.register(
    Item("tax-certificates", _("Tax certificates"), "file-certificate", "taxes:tax-certificates-list", SEE, group="money"),
    module="taxes", order=140,
)  # fmt: skip
for place in ("more", "money"):
    ACTIONS.register(
        CardAction(
            "tax-certificate", _("Tax certificate"), "file-certificate", ISSUE,
            lambda card: reverse("taxes:issue", args=[card.pk]), order=45, place=place,
        ),
        module="taxes",
    )  # fmt: skip


def merge_conflicts(survivor_id: int, retired_id: int) -> list[Conflict]:
    """Both cards have a certificate of one payer for one year: one of them is cancelled first."""
    mine = CertificateNumber.objects.filter(patient=survivor_id, is_cancelled=False)
    known = set(mine.values_list("legal_entity", "year", "payer_key"))
    return [
        Conflict(
            f"taxes:{row.pk}", say("Both cards have a tax certificate of one payer: № %(number)s") % {"number": row}
        )
        for row in CertificateNumber.objects.filter(patient=retired_id, is_cancelled=False)
        if (row.legal_entity_id, row.year, row.payer_key) in known
    ]


def export(patient_id: int, user: Any) -> list[Section]:
    rows = [
        {
            "number": str(row), "year": row.number.year, "payer": row.payer_name, "code1": str(row.code1),
            "code2": str(row.code2), "issued_on": str(row.issued_on),
        }
        for row in Certificate.objects.filter(patient=patient_id).select_related("number")
    ]  # fmt: skip
    return [Section("tax_certificates", _("Tax certificates"), rows)] if rows else []


MERGE_CONFLICTS.register(MergeCheck(merge_conflicts), module="taxes")
EXPORTS.register(export, module="taxes", order=45)
