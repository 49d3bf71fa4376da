"""Whose cards a user sees, and what stands on them."""

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from clinic.models import Role
from clinic.selectors import branches_visible_to
from core import clock
from core.access import is_allowed
from core.audit import patient_timeline
from core.errors import NotFound
from core.models import AuditEntry
from patients import permissions, policies
from patients.models import Patient, PinnedPatient, RecentPatient
from patients.slots import BADGES, OWN_SCOPE, STATISTICS, Badge


def is_own_scope(user: Any) -> bool:
    """Sees only his own patients; an account without a role is bounded by its branches instead."""
    return user.scope == Role.Scope.OWN and bool(user.role_facts)


def ticked_branches(user: Any) -> list[int]:
    """The branches that the account is bound to; none means every branch."""
    loaded = getattr(user, "loaded_branches", None)
    return list(loaded) if loaded is not None else list(user.branches.values_list("pk", flat=True))


def sees_every_card(user: Any) -> bool:
    """Nothing narrows what the user sees: the whole clinic is his, or a policy opens all cards to every branch."""
    if user.is_partner_user or is_own_scope(user):
        return False
    return user.scope == Role.Scope.ALL or not ticked_branches(user) or policies.SHARED_CARDS.get()


def is_card_visible(user: Any, card: Patient) -> bool:
    """Whether a live card is in the user's scope; no statement where its branch or the user's scope tells."""
    if sees_every_card(user):
        return True
    if not is_own_scope(user) and (card.branch_id is None or card.branch_id in ticked_branches(user)):
        return not user.is_partner_user
    return patients_visible_to(user).filter(pk=card.pk).exists()


def patients_visible_to(user: Any) -> QuerySet[Patient]:
    """Live cards in the user's scope.

    A card belongs to the clinic. A doctor (OWN) sees those whom he treats or who came to him; a BRANCH user sees
    cards of no branch, of his branches, and of those who came there; a policy opens all cards to every branch.
    """
    cards = Patient.objects.live()
    if user.is_partner_user:
        return cards.none()
    if is_own_scope(user):
        return cards.filter(pk__in=own_ids(user))
    if sees_every_card(user):
        return cards
    branches = ticked_branches(user)
    mine = Q(branch__isnull=True) | Q(branch__in=branches)
    for provider in OWN_SCOPE:
        mine |= Q(provider.of_branches(branches))
    return cards.filter(mine)


def own_ids(user: Any) -> QuerySet[Any]:
    """Ids of the patients of one doctor. A union, so that each part runs on its own index."""
    staff_id = user.staff_id
    if staff_id is None:
        return Patient.objects.none().values("pk")
    treated = Patient.objects.filter(doctor_id=staff_id).order_by().values("pk")
    seen = [provider.own(user).order_by() for provider in OWN_SCOPE]
    return treated.union(*seen) if seen else treated


def patient_get(user: Any, pk: int, *, related: Iterable[str] = ()) -> Patient:
    """One card; NotFound for a stranger's. A retired card is found when its survivor is visible."""
    card = Patient.objects.filter(pk=pk, deleted_at__isnull=True).select_related(*related).first()
    if card is None or not patients_visible_to(user).filter(pk=patients_canonical(card.pk)).exists():
        raise NotFound
    return card


def patients_canonical(pk: int) -> int:
    """The card that stands for this one after merges; itself when it was never merged."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT patients_canonical(%s)", [pk])
        found = cursor.fetchone()[0]
    return found if found is not None else pk


def merged_ids(pk: int) -> list[int]:
    """Every card that was merged into this one, directly or through others; for feeds of append-only rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE retired(id) AS (SELECT id FROM patients_patient WHERE merged_into_id = %s "
            "UNION SELECT p.id FROM patients_patient p JOIN retired ON p.merged_into_id = retired.id) "
            "SELECT id FROM retired",
            [pk],
        )
        return [row[0] for row in cursor.fetchall()]


def compartments_of(user: Any) -> list[str]:
    """What kinds of events of a patient the user may read: base, and money or medicine by his rights (PAT-29)."""
    money = ["financial"] if is_allowed(user, permissions.SEE_MONEY_EVENTS) else []
    medicine = ["medical"] if is_allowed(user, permissions.SEE_MEDICAL_EVENTS) else []
    return ["base", *money, *medicine]


def badges_for(patients: Iterable[Patient], user: Any) -> dict[int, list[Badge]]:
    """Marks of a batch of patients: barter, allergy, debt, insurance; each provider is asked once."""
    ids = [patient.pk for patient in patients]
    return BADGES.gather(ids, user) if ids else {}


def statistics_of(patient_id: int, user: Any) -> list[tuple[Any, int, str]]:
    """Visits kept, missed, cancelled, moved (PAT-35)."""
    return [figure for provider in STATISTICS for figure in provider(patient_id, user)]


def is_mine(staff_id: int) -> Q:
    """Patients whom a person treats or accompanies."""
    return Q(doctor_id=staff_id) | Q(coordinator_id=staff_id)


def recent_patients(user: Any, limit: int = 8) -> list[Patient]:
    """Cards that the user opened last, those still visible to him (PAT-45)."""
    ids = list(RecentPatient.objects.filter(user=user).order_by("-opened_at").values_list("patient_id", flat=True)[:30])
    cards = patients_visible_to(user).in_bulk(ids) if ids else {}
    return [cards[pk] for pk in ids if pk in cards][:limit]


def pinned_ids(user: Any) -> QuerySet[Any]:
    return PinnedPatient.objects.filter(user=user).values("patient_id")


def pinned_patients(user: Any) -> list[Patient]:
    """Cards kept at hand, in the order of the dictionary (PAT-45)."""
    return list(patients_visible_to(user).filter(pk__in=pinned_ids(user)).order_by("sort_key", "pk")[:50])


def readers_of(patient_id: int) -> QuerySet[AuditEntry]:
    """Who looked at a card, newest first; a patient may ask for it."""
    ids = [patient_id, *merged_ids(patient_id)]
    return AuditEntry.objects.filter(patient_id__in=ids, code="patients.card.opened").order_by("-at", "-pk")


def card_number_next() -> str:
    """The next free number by the clinic's way of numbering. Gaps are possible, collisions are not."""
    shape = policies.CARD_NUMBERING.get()
    for attempt in range(20):
        number = shaped(sequence_next(), shape)
        if not Patient.objects.filter(card_number=number).exists():
            return number
        if attempt == 3:  # numbers came by another way, for example by an import: jump over them
            sequence_catch_up()
    raise RuntimeError("no free card number")


def shaped(number: int, shape: str) -> str:
    if shape == "year":
        return f"{clock.now():%Y}-{number:06}"
    return str(number) if shape == "plain" else f"{number:06}"


def sequence_next() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('patients_card_number')")
        return int(cursor.fetchone()[0])


def sequence_catch_up() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            r"""
            SELECT setval('patients_card_number', greatest(last_value, (
                SELECT coalesce(max(regexp_replace(card_number, '^\d{4}-', '')::bigint), 1) FROM patients_patient
                WHERE card_number ~ '^(\d{4}-)?\d{1,9}$'
            ))) FROM patients_card_number
            """
        )


def branch_for_new(user: Any) -> Any:
    """The branch of a card that names none: the first that its author is bound to; of a free author, no branch."""
    bound = ticked_branches(user)
    return branches_visible_to(user).filter(pk__in=bound).first() if bound else None


def timeline_of(patient: Patient, user: Any) -> QuerySet[AuditEntry]:
    """What happened to a patient within the user's compartments, newest first (PAT-14)."""
    return patient_timeline(patient.pk, compartments_of(user))
