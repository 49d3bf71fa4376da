"""Looking for cards of one person among all cards, and saying that two are not (PAT-41)."""

from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from core import clock, jobs
from core.audit import audit, sentence
from core.command import command
from core.errors import NotFound
from core.worker import alone
from patients.models import Duplicate

sentence("patients.duplicate.dismissed", _("Not the same person: %(object)s"), "users-minus", "grey", is_timeline=False)
sentence("patients.duplicate.returned", _("May be the same person: %(object)s"), "users", "grey", is_timeline=False)

LIVE = "deleted_at IS NULL AND merged_into_id IS NULL AND erased_at IS NULL"
# Many share the phone of a firm or of a home: a number of more cards than this is no sign.
CROWD = 8
# Each statement finds pairs (lower id, higher id) with a likeness as rules.duplicates counts it.
SEARCHES = {
    Duplicate.Sign.PHONE: f"""
        WITH shared AS (
            SELECT phone FROM patients_patient WHERE phone <> '' AND {LIVE}
            GROUP BY phone HAVING count(*) BETWEEN 2 AND {CROWD}
        )
        SELECT a.id, b.id,
            CASE WHEN a.birth_date <> b.birth_date AND similarity(a.search_name, b.search_name) >= 0.6 THEN 55
                 WHEN similarity(a.search_name, b.search_name) >= 0.6 THEN 100 ELSE 50 END
        FROM shared
        JOIN patients_patient a USING (phone) JOIN patients_patient b USING (phone)
        WHERE a.id < b.id AND a.deleted_at IS NULL AND a.merged_into_id IS NULL
            AND b.deleted_at IS NULL AND b.merged_into_id IS NULL
            AND (a.family_id IS NULL OR a.family_id IS DISTINCT FROM b.family_id
                 OR similarity(a.search_name, b.search_name) >= 0.6)
    """,
    Duplicate.Sign.BIRTH: """
        SELECT a.id, b.id, 100
        FROM patients_patient a JOIN patients_patient b
            ON b.birth_date = a.birth_date AND b.sort_key = a.sort_key AND b.id > a.id
        WHERE a.deleted_at IS NULL AND a.merged_into_id IS NULL AND a.erased_at IS NULL
            AND b.deleted_at IS NULL AND b.merged_into_id IS NULL AND b.erased_at IS NULL
    """,
    Duplicate.Sign.ALIKE: """
        SELECT a.id, b.id, 80
        FROM patients_patient a JOIN patients_patient b
            ON b.birth_date = a.birth_date AND b.id > a.id AND b.sort_key <> a.sort_key
        WHERE a.deleted_at IS NULL AND a.merged_into_id IS NULL AND a.erased_at IS NULL
            AND b.deleted_at IS NULL AND b.merged_into_id IS NULL AND b.erased_at IS NULL
            AND (similarity(a.search_name, b.search_name) >= 0.6
                 OR (lower(a.last_name), lower(a.first_name)) = (lower(b.first_name), lower(b.last_name))
                 OR (a.first_name, a.middle_name) = (b.first_name, b.middle_name) AND a.middle_name <> '')
    """,
}


def duplicates_find(progress: jobs.Progress | None = None) -> dict[str, int]:
    """Search all cards anew: new pairs appear, those that no longer fit go, dismissed ones stay dismissed."""
    before = set(Duplicate.objects.values_list("pk", flat=True))
    kept: set[int] = set()
    for number, sign in enumerate(SEARCHES):
        if progress:
            progress.step(number, len(SEARCHES), str(sign.label))
        kept |= pairs_store(sign)
    gone = Duplicate.objects.filter(pk__in=before - kept, dismissed_at__isnull=True).delete()[0]
    if progress:
        progress.step(len(SEARCHES), len(SEARCHES))
    return {"found": len(kept - before), "gone": gone, "all": len(kept)}


@command
def pairs_store(sign: str) -> set[int]:
    """Ids of the pairs that this sign finds, each stored once with its strongest sign."""
    if not alone(f"patients.duplicates.{sign}"):
        return set(Duplicate.objects.filter(sign=sign).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO patients_duplicate AS pair (first_id, second_id, sign, likeness, found_at)
            SELECT DISTINCT ON (found.one, found.two) found.one, found.two, %s, found.strength, now()
            FROM ({SEARCHES[Duplicate.Sign(sign)]}) AS found(one, two, strength)
            ON CONFLICT (first_id, second_id) DO UPDATE SET
                likeness = greatest(pair.likeness, excluded.likeness),
                sign = CASE WHEN excluded.likeness > pair.likeness THEN excluded.sign ELSE pair.sign END
            RETURNING id
            """,
            [sign],
        )
        return {row[0] for row in cursor.fetchall()}


@jobs.runner("patients.duplicates")
def duplicates_job(progress: jobs.Progress) -> dict[str, int]:
    """The same at once, for somebody who waits."""
    return duplicates_find(progress)


@command
def duplicate_dismiss(*, duplicate_id: int, actor: Any, is_dismissed: bool = True) -> Duplicate:
    """«These are two people»: the pair is not offered again. Its own reverse with is_dismissed=False."""
    pair = Duplicate.objects.select_for_update(of=("self",)).filter(pk=duplicate_id).first()
    if pair is None:
        raise NotFound
    pair.dismissed_at = clock.now() if is_dismissed else None
    pair.dismissed_by = actor if is_dismissed else None
    pair.save(update_fields=["dismissed_at", "dismissed_by"])
    audit(actor, f"patients.duplicate.{'dismissed' if is_dismissed else 'returned'}", pair, patient_id=pair.first_id)
    return pair
