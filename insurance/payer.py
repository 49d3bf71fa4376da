"""The policy as a payer: billing's slot (BIL-04, MOON-08)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.slots import Candidate, PayerKind, Quote
from catalog.services.prices import today
from core.money import ZERO, Money
from core.templatetags.ui import money
from insurance.selectors.coverage import candidates_for
from insurance.selectors.policies import has_policy, limits_left, policies_in_force
from insurance.services.coverage import shares_issued, shares_rolled_back
from insurance.services.policies import payer_of


class DmsPayer(PayerKind):
    """An insurer by a patient's policy."""

    kind = "dms"
    title = gettext_lazy("DMS")
    tone = "teal"
    balance_field = "dms_left"

    def known(self, patient: Any) -> Any:
        return has_policy(patient)

    def candidates(self, quote: Quote) -> Sequence[Candidate]:
        payers = {policy.pk: payer_of(policy) for policy in policies_in_force([quote.patient_id], quote.on)}
        return candidates_for(quote, payers) if payers else []

    def issued(self, invoice: Any, shares: Sequence[Any], actor: Any) -> None:
        shares_issued(invoice, shares, actor)

    def rolled_back(self, invoice: Any, shares: Sequence[Any], actor: Any) -> None:
        shares_rolled_back(invoice, shares, actor)

    def left(self, patient_ids: Sequence[int]) -> Mapping[int, Money]:
        return limits_left(patient_ids, today())

    def rollback_note(self, shares: Sequence[Any]) -> Any:
        total = sum((share.amount for share in shares), ZERO)
        return _("%(sum)s return to the limit of the policy.") % {"sum": money(total)}
