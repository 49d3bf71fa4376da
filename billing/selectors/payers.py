"""Who may be chosen to pay: for a form, for one patient on one day."""

from collections import Counter
from typing import Any

from django.utils.translation import gettext as _

from billing.slots import PAYERS, Quote
from core import clock


def payer_options(patient_id: int, branch: Any, user: Any) -> list[tuple[str, Any]]:
    """(value, label) for a choice of payers; empty where only the patient can pay, so that nobody is asked.

    The first is the engine's own choice. A kind stands for its only payer, else each is named by his key.
    """
    quote = Quote(patient_id=patient_id, branch_id=branch.pk, on=clock.today(branch.timezone), actor=user)
    found = [candidate for kind in PAYERS for candidate in kind.candidates(quote)]
    if not found:
        return []
    many = Counter(candidate.payer.kind for candidate in found)
    others = [
        (each.payer.kind if many[each.payer.kind] == 1 else str(each.payer.pk), str(each.title)) for each in found
    ]
    usual = next((str(each.title) for each in found if each.is_usual), "")
    first = _("as usual: %(payer)s") % {"payer": usual} if usual else _("as usual")
    return [("", first), ("patient", _("Patient")), *others]
