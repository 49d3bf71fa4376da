"""Decisions of the payer engine as sentences that a person understands (MOON-08)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.rules.sharing import Reason
from core.templatetags.ui import money

SENTENCES: Mapping[str, Any] = {
    "usual": gettext_lazy("%(payer)s pays: the usual payer of this patient"),
    "named": gettext_lazy("%(payer)s pays: chosen for this line"),
    "own_part": gettext_lazy("The patient's own part: %(amount)s"),
    "taken": gettext_lazy("%(payer)s: %(left)s left after it"),
    "over_patient": gettext_lazy("%(amount)s over the limit of %(payer)s: the patient pays"),
    "over_other": gettext_lazy("%(amount)s over the limit of %(payer)s"),
    "over_block": gettext_lazy("%(amount)s over the limit of %(payer)s: nothing may be sold over it"),
    "over_said": gettext_lazy("%(amount)s over the limit: %(text)s"),
}


def sentence_of(reason: Reason | None) -> str:
    """«No discount: barter contract 14, rule BAR-14»."""
    if reason is None:
        return ""
    facts = {name: money(value) if name in ("amount", "left") else value for name, value in reason.facts.items()}
    return str(facts["text"]) if reason.code == "said" else str(SENTENCES[reason.code]) % facts


def sentences_of(reasons: Iterable[Reason]) -> list[list[str]]:
    """[[about, sentence], ...], each sentence once."""
    found: dict[str, str] = {}
    for reason in reasons:
        found.setdefault(sentence_of(reason), reason.about)
    return [[about, text] for text, about in found.items()]


def over_limit(title: Any, left: Any) -> str:
    return _("%(payer)s: only %(left)s left, and over the limit nothing is sold.") % {
        "payer": title, "left": money(left),
    }  # fmt: skip
