"""Decisions about payers and discounts as sentences that a person understands (MOON-08, BIL-24)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.rules.discounts import Rule, Verdict
from billing.rules.sharing import Reason
from core.money import Money
from core.templatetags.ui import day_short, money, number

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


# Discounts

DISCOUNTS: Mapping[str, Any] = {
    "chosen": gettext_lazy("%(title)s: %(amount)s off"),
    "best": gettext_lazy("%(title)s: %(amount)s off, the best of %(among)s that fit"),
    "worse": gettext_lazy("%(title)s would give %(amount)s: less than %(by)s, and they do not add up"),
    "as_good": gettext_lazy("%(title)s would give no more than %(by)s, and they do not add up"),
    "not_picked": gettext_lazy("%(title)s: another choice was made by hand"),
    "branch": gettext_lazy("%(title)s: not in this branch"),
    "not_yet": gettext_lazy("%(title)s: begins on %(day)s"),
    "over": gettext_lazy("%(title)s: ended on %(day)s"),
    "at_visit": gettext_lazy("%(title)s: depends on the hour of the visit, so it counts in the invoice"),
    "weekday": gettext_lazy("%(title)s: only on %(weekdays)s"),
    "hours": gettext_lazy("%(title)s: only for visits %(hours)s"),
    "no_birth_date": gettext_lazy("%(title)s: the card has no birth date"),
    "age": gettext_lazy("%(title)s: not for the age of %(age)s"),
    "birthday": gettext_lazy("%(title)s: the birthday is too far"),
    "group": gettext_lazy("%(title)s: the patient is not in its groups"),
    "not_first": gettext_lazy("%(title)s: only for the first visit"),
    "not_granted": gettext_lazy("%(title)s: not ticked on the patient's card"),
    "grant_over": gettext_lazy("%(title)s: was ticked on the card until %(day)s"),
    "used_up": gettext_lazy("%(title)s: all of its uses are used up"),
    "used_up_patient": gettext_lazy("%(title)s: the patient has used it as often as he may"),
    "no_budget": gettext_lazy("%(title)s: its budget is spent"),
    "no_services": gettext_lazy("%(title)s: not for these services"),
    "by_hand": gettext_lazy("%(title)s: these services have a discount by hand"),
    "rounds_to_nothing": gettext_lazy("%(title)s: would give less than a kopeck"),
}
# Of rules that lose these came close enough to be told on the line; the dry run tells all.
TOLD = frozenset({"worse", "used_up", "used_up_patient", "no_budget", "grant_over"})


def value_text(kind: str, value: Money) -> str:
    """«10 %», «500 ₽»."""
    return f"{number(value.normalize())} %" if kind == "percent" else money(value)


def discount_name(rule: Rule) -> str:
    """«Осень» −10 %."""
    return f"«{rule.name}» −{value_text(rule.kind, rule.value)}"


def verdict_sentence(verdict: Verdict, amount: Money | None = None) -> str:
    """Why a discount was given or not; `amount` is its part on one line."""
    facts, code = dict(verdict.facts), verdict.code
    if code == "banned":
        return str(facts["text"])
    if code == "chosen":
        code = "best" if facts["among"] > 1 else "chosen"
        facts["amount"] = money(verdict.amount if amount is None else amount)
    if code == "worse":
        code = worse_how(facts)
        facts |= {"amount": money(facts["amount"]), "by": ", ".join(f"«{name}»" for name in facts["by"])}
    if "day" in facts:
        facts["day"] = day_short(facts["day"])
    if "weekdays" in facts:
        facts["weekdays"] = ", ".join(str(WEEKDAYS[day]) for day in facts["weekdays"])
    if code == "hours":
        facts["hours"] = hours_text(facts["begins"], facts["ends"])
    return str(DISCOUNTS[code]) % {"title": discount_name(verdict.rule), **facts}


def worse_how(facts: Mapping[str, Any]) -> str:
    return "worse" if facts["amount"] < facts["best"] else "as_good"


WEEKDAYS = (
    gettext_lazy("Mon"), gettext_lazy("Tue"), gettext_lazy("Wed"), gettext_lazy("Thu"), gettext_lazy("Fri"),
    gettext_lazy("Sat"), gettext_lazy("Sun"),
)  # fmt: skip


def hours_text(begins: Any, ends: Any) -> str:
    """«с 9:00 до 12:00»."""
    if begins and ends:
        return _("from %(begins)s to %(ends)s") % {"begins": f"{begins:%H:%M}", "ends": f"{ends:%H:%M}"}
    if begins:
        return _("from %(begins)s") % {"begins": f"{begins:%H:%M}"}
    return _("before %(ends)s") % {"ends": f"{ends:%H:%M}"}
