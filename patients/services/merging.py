"""Two cards of one person become one, and two again when that was a mistake (PAT-40).

Everything that points to the retired card is pointed to its survivor, table by table, and written down row by row,
so that a merge can be taken back exactly. Append-only rows stay as they are: patients_canonical() leads from them
to the survivor. What excludes each other (two visits at one time) is decided in the preview, before anything moves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.forms import model_to_dict
from django.utils.translation import gettext_lazy as _

from core import clock, live
from core.audit import audit, plain, sentence
from core.command import command
from core.errors import NotFound
from core.events import publish
from patients.errors import CannotMerge, MergeConflict, NotMerged
from patients.events import PatientsMerged, PatientsUnmerged
from patients.models import Family, Identity, Merge, Patient, Representative
from patients.services.cards import touch
from patients.services.links import move, patient_columns
from patients.slots import MERGE_CONFLICTS, MERGE_PREPARE, Conflict

sentence("patients.card.merged", _("Card № %(number)s (%(name)s) was merged into this one"), "git-merge", "violet")
sentence("patients.card.unmerged", _("The merge of card № %(number)s was taken back"), "git-branch", "violet")

# What the survivor lacks it takes over from the retired card.
FILLED = (
    "middle_name", "sex", "birth_date", "email", "home_phone", "branch", "source", "source_note", "acquisition",
    "group", "coordinator", "doctor", "language", "stage", "next_call_on", "paper_card_place",
)  # fmt: skip
FAMILY = "patients.family"
IDENTITY_PLAIN = ("snils", "inn", "policy_number", "insurance_company", "citizenship")
IDENTITY_DOCUMENT = (
    "is_foreign", "passport_series", "passport_number", "issued_by", "issued_on", "issuer_code", "document_kind",
    "document_number",
)  # fmt: skip
IDENTITY_ADDRESS = ("registered_address", "is_same_address", "actual_address")


@dataclass(slots=True)
class Preview:
    """What a merge would do: rows by table, fields that the survivor would take over, what must be decided."""

    survivor: Patient
    retired: Patient
    moved: list[tuple[Any, int]] = field(default_factory=list)
    kept: list[tuple[Any, int]] = field(default_factory=list)
    filled: list[tuple[Any, Any, Any]] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    warnings: list[Any] = field(default_factory=list)


@command
def patients_merge(
    *, survivor_id: int, duplicate_id: int, actor: Any, reason: str = "", solutions: Mapping[str, str] | None = None
) -> Merge:
    """Retire `duplicate` into `survivor`. Reverse: patients_unmerge.

    `solutions` says what becomes of each conflict by its key. Raises MergeConflict with those left undecided,
    CannotMerge for cards that are not two live ones.
    """
    survivor, retired = pair_locked(survivor_id, duplicate_id)
    solve(survivor, retired, solutions or {}, actor)
    for prepare in MERGE_PREPARE:
        prepare(survivor.pk, retired.pk)
    merge = Merge(survivor=survivor, retired=retired, reason=" ".join(reason.split())[:300], merged_by=actor)
    merge.snapshot = {"survivor": snapshot(survivor), "retired": snapshot(retired)}
    merge.filled = take_over(survivor, retired, keeps_family=(solutions or {}).get(FAMILY) != "duplicate")
    relink(merge)
    retired.merged_into = survivor
    retired.family = None
    touch(retired, "merged_into", "family")
    touch(survivor)
    merge.save()
    facts = {"number": retired.card_number, "name": retired.full_name, "reason": merge.reason, "merge": merge.pk}
    audit(actor, "patients.card.merged", survivor, patient_id=survivor.pk, **facts)
    publish(PatientsMerged(merge_id=merge.pk, survivor_id=survivor.pk, retired_id=retired.pk))
    return merge


def pair_locked(survivor_id: int, duplicate_id: int) -> tuple[Patient, Patient]:
    """Both cards under row locks taken in the order of their ids, so that A into B and B into A queue up."""
    ids = sorted({survivor_id, duplicate_id})
    if len(ids) == 1:
        raise CannotMerge(_("A card cannot be merged with itself."))
    rows = Patient.objects.select_for_update(of=("self",)).filter(pk__in=ids, deleted_at__isnull=True).order_by("pk")
    found = {row.pk: row for row in rows}
    if len(found) < 2:
        raise NotFound
    for row in found.values():
        if row.merged_into_id is not None:
            raise CannotMerge(_("One of the cards was merged already."), merged=row.pk, survivor=row.merged_into_id)
        if row.erased_at is not None:
            raise CannotMerge(_("One of the cards was erased."))
    return found[survivor_id], found[duplicate_id]


def conflicts_of(survivor: Patient, retired: Patient) -> list[Conflict]:
    found = [conflict for check in MERGE_CONFLICTS for conflict in check.find(survivor.pk, retired.pk)]
    if survivor.family_id and retired.family_id and survivor.family_id != retired.family_id:
        choices = (("survivor", survivor.family), ("duplicate", retired.family))
        words = _("The cards are in two families: which one stays?")
        found.append(Conflict(FAMILY, words, tuple((key, str(family)) for key, family in choices)))
    return found


def solve(survivor: Patient, retired: Patient, solutions: Mapping[str, str], actor: Any) -> None:
    """Do what was decided; whatever is left, or cannot be decided, refuses the merge."""
    left = []
    for check in (*MERGE_CONFLICTS, None):
        found = check.find(survivor.pk, retired.pk) if check else own_conflicts(survivor, retired)
        for conflict in found:
            choice = solutions.get(conflict.key, "")
            if choice not in dict(conflict.choices):
                left.append(conflict)
            elif check is not None and check.solve is not None:
                check.solve(conflict.key, choice, survivor.pk, retired.pk, actor)
    if left:
        raise MergeConflict(conflicts=[
            {"key": each.key, "text": str(each.text), "choices": [[value, str(words)] for value, words in each.choices]}
            for each in left
        ])  # fmt: skip


def own_conflicts(survivor: Patient, retired: Patient) -> list[Conflict]:
    return [conflict for conflict in conflicts_of(survivor, retired) if conflict.key == FAMILY]


def snapshot(patient: Patient) -> dict[str, Any]:
    """Both cards as they were, for disputes."""
    identity = Identity.objects.filter(patient=patient).first()
    return plain({**model_to_dict(patient), "identity": model_to_dict(identity) if identity else None})


# What the survivor takes over


def take_over(survivor: Patient, retired: Patient, *, keeps_family: bool = True) -> dict[str, Any]:
    """Fill the survivor's empty fields; returns {field: [before, after]} in plain values for the way back."""
    filled: dict[str, Any] = {}

    def fill(row: Any, name: str, value: Any, prefix: str = "") -> None:
        attname = row._meta.get_field(name).attname
        filled[prefix + attname] = [plain_value(getattr(row, attname)), plain_value(getattr(value, "pk", value))]
        setattr(row, name, value)

    for name in FILLED:
        if not getattr(survivor, name) and getattr(retired, name):
            fill(survivor, name, getattr(retired, name))
    if retired.family_id and (not survivor.family_id or not keeps_family):
        fill(survivor, "family", retired.family)
        fill(survivor, "family_role", retired.family_role)
    if phones := phones_joined(survivor, retired):
        fill(survivor, "phone", phones[0])
        fill(survivor, "more_phones", " ".join(phones[1:])[:200])
    if retired.comment and retired.comment not in survivor.comment:
        fill(survivor, "comment", f"{survivor.comment}\n{retired.comment}".strip()[:4000])
    own = {**retired.custom, **survivor.custom}
    if own != survivor.custom:
        fill(survivor, "custom", own)
    names = {name for name in (field.attname for field in Patient._meta.fields) if name in filled}
    survivor.save(update_fields=sorted(names)) if names else None
    fill_identity(survivor, retired, fill)
    filled["representatives"] = step_back(survivor, retired)
    filled["family_of_retired"] = [retired.family_id, retired.family_role]
    return filled


def phones_joined(survivor: Patient, retired: Patient) -> list[str]:
    """The survivor's main and further phones with those of the retired card; nothing when it brings none."""
    known = set(survivor.phones) | ({retired.home_phone} if not survivor.home_phone else set())
    fresh = [phone for phone in retired.phones if phone not in known]
    if not fresh:
        return []
    mine = [survivor.phone] if survivor.phone else []
    joined = [*mine, *survivor.more_phones.split(), *fresh]
    return joined if survivor.phone else [fresh[0], *survivor.more_phones.split(), *fresh[1:]]


def fill_identity(survivor: Patient, retired: Patient, fill: Any) -> None:
    """Documents group by group: half of one passport and half of another would be neither."""
    mine = Identity.objects.filter(patient=survivor).first()
    theirs = Identity.objects.filter(patient=retired).first()
    if mine is None or theirs is None:
        return
    groups = [(name,) for name in IDENTITY_PLAIN]
    groups += [IDENTITY_DOCUMENT] if not mine.document else []
    groups += [IDENTITY_ADDRESS] if not mine.registered_address and not mine.actual_address else []
    for names in groups:
        if not any(getattr(mine, name) for name in names if not name.startswith("is_")):
            for name in names:
                if getattr(mine, name) != getattr(theirs, name):
                    fill(mine, name, getattr(theirs, name), "identity.")
    mine.save()


def step_back(survivor: Patient, retired: Patient) -> list[int]:
    """Only one may be responsible under the contract: the survivor's stays it."""
    if not Representative.objects.filter(patient=survivor, is_responsible=True).exists():
        return []
    rows = Representative.objects.filter(patient=retired, is_responsible=True)
    ids = list(rows.values_list("pk", flat=True))
    rows.update(is_responsible=False)
    return ids


def plain_value(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def relink(merge: Merge) -> None:
    """Point every row of the retired card to the survivor; a deferred constraint speaks here, not at the commit."""
    for column in patient_columns():
        try:
            moved, kept = move(column, merge.retired_id, merge.survivor_id)
        except IntegrityError as error:
            raise MergeConflict(
                conflicts=[{"key": column.label, "text": str(_("Records overlap.")), "choices": []}]
            ) from error
        place = {"label": column.label, "table": column.table, "column": column.column, "where": list(column.where)}
        if moved:
            merge.moved.append({**place, "ids": moved})
        if kept:
            merge.kept.append({**place, "ids": kept})
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


# The way back


@command
def patients_unmerge(*, survivor_id: int, duplicate_id: int, actor: Any, reason: str = "") -> Merge:
    """Two cards again: exactly what was moved returns, if it still stands where it was put. Reverse: patients_merge.

    Raises NotMerged, and CannotMerge when the survivor itself has been merged since.
    """
    list(Patient.objects.select_for_update(of=("self",)).filter(pk__in=[survivor_id, duplicate_id]).order_by("pk"))
    merge = (
        Merge.objects.select_for_update(of=("self",)).filter(retired_id=duplicate_id, undone_at__isnull=True).first()
    )
    if merge is None or merge.survivor_id != survivor_id:
        raise NotMerged
    survivor, retired = merge.survivor, merge.retired
    if survivor.merged_into_id is not None or survivor.deleted_at is not None:
        raise CannotMerge(_("The card that is left has itself been merged or deleted: take that back first."))
    columns = {(column.table, column.column): column for column in patient_columns()}
    for place in merge.moved:
        column = columns.get((place["table"], place["column"]))
        if column is not None:
            move(column, survivor.pk, retired.pk, place["ids"])
    give_back(merge, survivor, retired)
    retired.merged_into = None
    touch(retired, "merged_into", "family", "family_role")
    touch(survivor)
    merge.undone_at, merge.undone_by = clock.now(), actor
    merge.save(update_fields=["undone_at", "undone_by"])
    facts = {"number": retired.card_number, "reason": reason, "merge": merge.pk}
    audit(actor, "patients.card.unmerged", survivor, patient_id=survivor.pk, **facts)
    publish(PatientsUnmerged(merge_id=merge.pk, survivor_id=survivor.pk, retired_id=retired.pk))
    live.announce("patient", retired.pk, branch_id=retired.branch_id, version=retired.version)
    return merge


def give_back(merge: Merge, survivor: Patient, retired: Patient) -> None:
    """Fields that were taken over become what they were, unless somebody has changed them since."""
    identity = Identity.objects.filter(patient=survivor).first()
    changed: list[str] = []
    for name, pair in merge.filled.items():
        if name in ("representatives", "family_of_retired"):
            continue
        row, attname = (identity, name.removeprefix("identity.")) if name.startswith("identity.") else (survivor, name)
        if row is None or plain_value(getattr(row, attname)) != pair[1]:
            continue
        setattr(row, attname, row._meta.get_field(attname).to_python(pair[0]) if pair[0] is not None else None)
        changed += [attname] if row is survivor else []
    if changed:
        survivor.save(update_fields=changed)
    if identity is not None:
        identity.save()
    rows = Representative.objects.filter(pk__in=merge.filled.get("representatives", []), patient=retired)
    rows.update(is_responsible=True)
    family_id, role = merge.filled.get("family_of_retired", [None, ""])
    if family_id and Family.objects.filter(pk=family_id).exists():
        retired.family_id, retired.family_role = family_id, role


# The preview


class _Undo(Exception):
    """Ends the trial of a merge."""


def merge_preview(*, survivor_id: int, duplicate_id: int) -> Preview:
    """What patients_merge would do, found by doing it and rolling back: the preview cannot differ from the act."""
    preview: Preview | None = None
    try:
        with transaction.atomic():
            survivor, retired = pair_locked(survivor_id, duplicate_id)
            preview = Preview(survivor, retired, conflicts=conflicts_of(survivor, retired))
            preview.warnings = warnings_of(survivor, retired)
            before = {field.name: getattr(survivor, field.name) for field in Patient._meta.fields}
            merge = Merge(survivor=survivor, retired=retired)
            merge.filled = take_over(survivor, retired)
            preview.filled = differences(survivor, before)
            try:
                relink(merge)
            except MergeConflict:
                merge.moved = []
            preview.moved, preview.kept = counted(merge.moved), counted(merge.kept)
            raise _Undo
    except _Undo:
        pass
    assert preview is not None
    preview.survivor.refresh_from_db()
    preview.retired.refresh_from_db()
    return preview


def differences(survivor: Patient, before: Mapping[str, Any]) -> list[tuple[Any, Any, Any]]:
    fields = [field for field in Patient._meta.fields if getattr(survivor, field.name) != before[field.name]]
    return [(field.verbose_name, before[field.name], getattr(survivor, field.name)) for field in fields]


def counted(places: list[dict[str, Any]]) -> list[tuple[Any, int]]:
    """Rows by the name that people know their kind by; rows that only serve others are not named."""
    found: dict[Any, int] = {}
    for place in places:
        model = apps.get_model(place["label"])
        if model._meta.model_name in ("recentpatient", "pinnedpatient"):
            continue
        name = str(model._meta.verbose_name)
        found[name] = found.get(name, 0) + len(place["ids"])
    return sorted(found.items())


def warnings_of(survivor: Patient, retired: Patient) -> list[Any]:
    """What speaks against these two being one person."""
    said = []
    if survivor.birth_date and retired.birth_date and survivor.birth_date != retired.birth_date:
        said.append(_("The birth dates differ."))
    if survivor.sex and retired.sex and survivor.sex != retired.sex:
        said.append(_("The sexes differ."))
    if survivor.first_name.lower() != retired.first_name.lower():
        said.append(_("The first names differ."))
    return said
