"""Bringing in cards from a file: check without saving, run, roll back (PAT-44).

A run goes in steps of some hundred rows, each a transaction that writes the cards and what became of every row; a
killed worker's run goes on where it stopped. A roll-back removes the cards that nobody has touched since and keeps
the others, saying why.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import connection
from django.db.models import Model
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.models import Branch, Staff
from core import clock, jobs
from core.access import check
from core.audit import audit, audit_many, entry, sentence
from core.command import command
from core.errors import IllegalMove, NotFound
from core.events import publish
from core.files import SHEETS, Purpose, file_store
from core.models import Job
from core.tables import Row, Table, columns_guess, heading_key, table_read
from core.text import fold
from patients import permissions, policies
from patients.events import PatientsImported
from patients.imports import FIELDS, LABELS, Read, row_read
from patients.models import Group, Identity, ImportBatch, ImportedRow, ImportMapping, Patient, Source
from patients.rules.duplicates import Person, is_same_name
from patients.rules.search import sort_key
from patients.selectors.cards import card_number_next, patients_canonical, sequence_catch_up, shaped
from patients.selectors.search import person_of

sentence("patients.batch.imported", gettext_lazy("Import «%(object)s»: %(created)s added, %(updated)s completed, %(wrong)s errors"),
         "file-import", is_timeline=False)  # fmt: skip
sentence("patients.batch.undone", gettext_lazy("Import «%(object)s» rolled back: %(undone)s removed, %(kept)s kept"), "arrow-back-up",
         is_timeline=False)  # fmt: skip
sentence("patients.card.imported", gettext_lazy("Card opened from the file %(file)s"), "file-import", "green")
sentence("patients.card.completed", gettext_lazy("Completed from the file %(file)s"), "file-import", "grey")

PURPOSE = Purpose("patients.import", SHEETS, lambda user, row: row.uploaded_by_id == user.pk)
STEP = 500
SHOWN_ERRORS = 200
# What a match may be completed with: empty fields only.
COMPLETED = ("middle_name", "birth_date", "sex", "phone", "home_phone", "email", "comment")


# The file and its columns


@command
def batch_open(*, upload: UploadedFile, actor: Any) -> ImportBatch:
    """Keep a file that reads as a table; Invalid on `file` for a renamed picture, an old XLS, an empty or huge one."""
    stored = file_store(upload, purpose=PURPOSE, actor=actor)
    with stored.content.open("rb") as content:
        table_read(content.read(), FIELDS)
    return ImportBatch.objects.create(file=stored, created_by=actor)


def table_of(batch: ImportBatch) -> Table:
    with batch.file.content.open("rb") as content:
        return table_read(content.read(), FIELDS)


def headings_hash(table: Table) -> str:
    return hashlib.sha256("\n".join(heading_key(heading) for heading in table.headings).encode()).hexdigest()


def columns_for(table: Table) -> dict[str, tuple[int, int]]:
    """Field -> (column, sureness): as the last file with these headings was mapped, else by guess."""
    if table.has_headings:
        known = ImportMapping.objects.filter(headings_hash=headings_hash(table)).first()
        if known is not None:
            return {name: (column, 100) for name, column in known.columns.items()}
    return {name: (guess.column, guess.sureness) for name, guess in columns_guess(table, FIELDS).items()}


@command
def batch_start(
    *, batch_id: int, columns: Mapping[str, int], options: Mapping[str, Any], dry_run: bool, actor: Any
) -> Job:
    """Queue a check or the import. A second click finds the import that has begun. Remembers the columns."""
    batch = ImportBatch.objects.select_for_update(of=("self",)).filter(pk=batch_id, created_by=actor).first()
    if batch is None:
        raise NotFound
    is_lost = batch.state == ImportBatch.State.RUNNING and batch.run_job is not None and batch.run_job.is_over
    if batch.state not in (ImportBatch.State.NEW, ImportBatch.State.FAILED) and not is_lost:
        if not dry_run and batch.run_job is not None:
            return batch.run_job
        raise IllegalMove(source=batch.state, to="running")
    batch.columns, batch.options = dict(columns), dict(options)
    params = {"batch": batch.pk, "language": translation.get_language()}
    title = _("Check of %(file)s") if dry_run else _("Import of %(file)s")
    kind = "patients.import_check" if dry_run else "patients.import"
    job = jobs.start(kind, title=(title % {"file": batch.file.name})[:200], params=params, owner=actor)
    if dry_run:
        batch.check_job = job
    else:
        batch.run_job, batch.state = job, ImportBatch.State.RUNNING
        remember(table_of(batch), batch.columns)
    batch.save()
    return job


def remember(table: Table, columns: Mapping[str, int]) -> None:
    if table.has_headings:
        ImportMapping.objects.update_or_create(headings_hash=headings_hash(table), defaults={"columns": dict(columns)})


# What becomes of the rows


@dataclass(slots=True)
class Outcome:
    """Figures of a check or a run, and the first errors for the page."""

    created: int = 0
    updated: int = 0
    same: int = 0
    wrong: int = 0
    problems: list[list[Any]] = field(default_factory=list)
    new_names: dict[str, list[str]] = field(default_factory=dict)

    def wrongs(self, read: Read) -> None:
        self.wrong += 1
        for name, text in read.errors.items():
            if len(self.problems) < SHOWN_ERRORS:
                self.problems.append([read.number, str(LABELS.get(name, name)), read.raw.get(name, ""), str(text)])

    def facts(self) -> dict[str, Any]:
        return {"created": self.created, "updated": self.updated, "same": self.same, "wrong": self.wrong,
                "problems": self.problems, "new_names": self.new_names}  # fmt: skip


@dataclass(slots=True)
class Plan:
    """What one row should become: a new card, a known one to complete, or nothing."""

    read: Read
    match: Patient | None = None
    card: Patient | None = None


class Book:
    """Cards of the clinic that the rows of a step may mean, and the cards that the file itself has brought."""

    def __init__(self) -> None:
        self.by_name: dict[str, list[Any]] = {}
        self.loaded: set[str] = set()
        self.numbers: dict[str, Any] = {}

    def load(self, reads: Iterable[Read]) -> None:
        """Those of the same surname and name, and those with the same card number, in two statements a step."""
        keys = sorted({key_of(read) for read in reads if not read.errors} - self.loaded)
        self.loaded |= set(keys)
        numbers = [read.card["card_number"] for read in reads if read.card.get("card_number")]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT p.id FROM unnest(%s::text[]) AS asked(k) JOIN patients_patient p "
                "ON p.sort_key >= asked.k AND p.sort_key < asked.k || chr(1114111) "
                "WHERE p.deleted_at IS NULL AND p.merged_into_id IS NULL "
                "UNION SELECT id FROM patients_patient WHERE card_number = ANY(%s)",
                [keys, numbers],
            )
            ids = [row[0] for row in cursor.fetchall()]
        for card in Patient.objects.filter(pk__in=ids).select_related("identity"):
            self.numbers[card.card_number] = card
            if card.deleted_at is None and card.merged_into_id is None:
                self.add(card)

    def add(self, card: Patient) -> None:
        held = self.by_name.setdefault(key_of_names(card.last_name, card.first_name), [])
        if all(card.pk is None or other.pk != card.pk for other in held):
            held.append(card)

    def match(self, read: Read) -> Patient | None:
        """The card that this row means: by its number and name, else by name with birth date or phone.

        A row that says nothing but a name means a card that says nothing more either.
        """
        person = person_of_row(read)
        by_number = self.numbers.get(read.card.get("card_number", ""))
        if by_number is not None:
            if is_same_name(person, person_of(by_number)) and by_number.deleted_at is None:
                return survivor_of(by_number)
            read.error(
                "card_number", _("Card № %(number)s belongs to another patient.") % {"number": by_number.card_number}
            )
            return None
        for card in self.by_name.get(key_of(read), []):
            other = person_of(card)
            if not is_same_name(person, other):
                continue
            knows_both = person.birth_date is not None and other.birth_date is not None
            if knows_both and person.birth_date != other.birth_date:
                continue
            if knows_both or person.phones & other.phones or is_bare(person) or is_bare(other):
                return card
        return None


def survivor_of(card: Patient) -> Patient:
    return card if card.merged_into_id is None else Patient.objects.get(pk=patients_canonical(card.pk))


def is_bare(person: Person) -> bool:
    return person.birth_date is None and not person.phones


def key_of(read: Read) -> str:
    return key_of_names(read.card.get("last_name", ""), read.card.get("first_name", ""))


def key_of_names(last_name: str, first_name: str) -> str:
    return sort_key(f"{last_name} {first_name}")


def person_of_row(read: Read) -> Person:
    phones = {read.card.get("phone"), read.card.get("home_phone"), *read.card.get("more_phones", "").split()}
    names = (read.card.get(name, "") for name in ("last_name", "first_name", "middle_name"))
    return Person(*names, read.card.get("birth_date"), frozenset(phone for phone in phones if phone))


class Directories:
    """Channels and groups by name, made when the file brings new ones; branches and doctors must exist."""

    def __init__(self, *, may_make: bool) -> None:
        self.may_make = may_make
        self.made: dict[str, list[str]] = {}
        self.rows: dict[str, dict[str, Any]] = {
            "source": {fold(row.name): row for row in Source.objects.live()},
            "group": {fold(row.name): row for row in Group.objects.live()},
            "branch": {fold(row.name): row for row in Branch.objects.live()},
            "doctor": doctors_by_name(),
        }

    def resolve(self, read: Read) -> None:
        models: dict[str, type[Model]] = {"source": Source, "group": Group}
        for name, text in read.names.items():
            row = self.rows[name].get(fold(text))
            if row is None and name in models:
                if len(text) > 120:
                    read.error(name, _("At most %(limit)s characters.") % {"limit": 120})
                    continue
                self.made.setdefault(name, []).append(text)
                row = models[name]._default_manager.create(name=text) if self.may_make else models[name](name=text)
                self.rows[name][fold(text)] = row
            if row is None:
                read.error(name, _("There is no such row in the directory."))
            else:
                read.card[name] = row


def doctors_by_name() -> dict[str, Any]:
    """By the full name and by «Соколова М. А.»."""
    found: dict[str, Any] = {}
    for row in Staff.objects.live().filter(is_doctor=True):
        found[fold(row.full_name)] = found[fold(row.short_name)] = found[fold(row.short_name.replace(". ", "."))] = row
    return found


def chunks(rows: list[Row]) -> Iterable[list[Row]]:
    return (rows[start : start + STEP] for start in range(0, len(rows), STEP))


def plan_of(rows: list[Row], columns: dict[str, int], book: Book, directories: Directories, today: date) -> list[Plan]:
    """Read a step's rows and say what each means; rows of one file that mean one person are told from each other."""
    reads = [row_read(row, columns, today) for row in rows]
    for read in reads:
        directories.resolve(read)
    book.load(reads)
    plans = []
    for read in reads:
        match = book.match(read) if not read.errors else None
        plan = Plan(read, match=match)
        if not read.errors and match is None:
            plan.card = new_card(read)
            book.add(plan.card)
            if plan.card.card_number:
                book.numbers[plan.card.card_number] = plan.card
        plans.append(plan)
    return plans


def new_card(read: Read) -> Patient:
    card = Patient(**{"card_number": "", **read.card})
    card.papers = read.identity  # what its Identity will hold, for further rows of the same person
    return card


def completion_of(plan: Plan) -> dict[str, Any]:
    """What the row knows and the card does not."""
    assert plan.match is not None
    card, given = plan.match, plan.read.card
    fresh = {name: given[name] for name in COMPLETED if given.get(name) and not getattr(card, name)}
    phones = [phone for phone in (given.get("phone"), *given.get("more_phones", "").split()) if phone]
    more = [phone for phone in phones if phone not in card.phones and phone != fresh.get("phone")]
    if more:
        fresh["more_phones"] = " ".join([*card.more_phones.split(), *more])[:200]
    return fresh


def identity_completion(plan: Plan) -> dict[str, Any]:
    assert plan.match is not None
    given = plan.read.identity
    if hasattr(plan.match, "papers"):
        return {name: value for name, value in given.items() if name not in plan.match.papers}
    known = getattr(plan.match, "identity", None)
    if known is None:
        return dict(given)
    if known.document:
        given = {name: value for name, value in given.items() if not name.startswith(("passport", "issued"))}
    return {name: value for name, value in given.items() if not getattr(known, name)}


# A check: nothing is written


def batch_check(batch: ImportBatch, step: Callable[[int, int], None] = lambda done, total: None) -> dict[str, Any]:
    """What an import would do, row by row; changes no table."""
    table = table_of(batch)
    book, directories, outcome = Book(), Directories(may_make=False), Outcome()
    done = 0
    for rows in chunks(table.rows):
        for plan in plan_of(rows, batch.columns, book, directories, timezone.localdate()):
            count(plan, outcome)
        done += len(rows)
        step(done, len(table.rows))
    outcome.new_names = directories.made
    return {**outcome.facts(), "total": len(table.rows)}


def count(plan: Plan, outcome: Outcome) -> None:
    if plan.read.errors:
        outcome.wrongs(plan.read)
    elif plan.card is not None:
        outcome.created += 1
    elif completion_of(plan) or identity_completion(plan):
        outcome.updated += 1
    else:
        outcome.same += 1


@jobs.runner("patients.import_check")
def check_job(progress: jobs.Progress) -> dict[str, Any]:
    check(progress.job.owner, permissions.IMPORT)
    with translation.override(progress.params["language"]):
        batch = ImportBatch.objects.select_related("file").get(pk=progress.params["batch"])
        return batch_check(batch, progress.step)


# A run


@jobs.runner("patients.import")
def import_job(progress: jobs.Progress) -> dict[str, Any]:
    """Run a batch, or go on with one whose worker was killed."""
    owner = progress.job.owner
    check(owner, permissions.IMPORT)
    with translation.override(progress.params["language"]):
        batch = ImportBatch.objects.select_related("file").get(pk=progress.params["batch"])
        try:
            result = batch_run(batch, actor=owner, step=progress.step)
        except BaseException:
            ImportBatch.objects.filter(pk=batch.pk).update(state=ImportBatch.State.FAILED)
            raise
        return result


def batch_run(
    batch: ImportBatch, *, actor: Any, step: Callable[[int, int], None] = lambda done, total: None
) -> dict[str, Any]:
    """Write the cards step by step; rows that a former run has written are not read again."""
    table = table_of(batch)
    done_before = set(batch.rows.values_list("number", flat=True))
    rows = [row for row in table.rows if row.number not in done_before]
    book, directories, outcome = Book(), Directories(may_make=True), Outcome()
    done = len(table.rows) - len(rows)
    sequence_catch_up()
    for part in chunks(rows):
        plans = plan_of(part, batch.columns, book, directories, timezone.localdate())
        step_write(batch, plans, outcome, actor)
        done += len(part)
        step(done, len(table.rows))
    return batch_finish(batch_id=batch.pk, outcome=outcome, actor=actor)


def step_write(batch: ImportBatch, plans: list[Plan], outcome: Outcome, actor: Any) -> None:
    """Write a step and count its errors; the counting is outside, since a lost race writes twice."""
    step_commit(batch, plans, actor)
    for plan in plans:
        if plan.read.errors:
            outcome.wrongs(plan.read)


@command
def step_commit(batch: ImportBatch, plans: list[Plan], actor: Any) -> None:
    """The cards and the fates of one step of rows, or nothing of them."""
    created = [plan.card for plan in plans if plan.card is not None]
    number_cards(created)
    for card in created:
        card.created_by = actor
        card.branch = card.branch or default_branch(batch)
    Patient.objects.bulk_create(created)
    fresh = [plan for plan in plans if plan.card is not None and plan.read.identity]
    Identity.objects.bulk_create([Identity(patient=plan.card, **plan.read.identity) for plan in fresh])
    lock_matches(plans)
    ImportedRow.objects.bulk_create([fate_of(batch, plan, actor) for plan in plans])
    name = batch.file.name
    audit_many([entry(actor, "patients.card.imported", card, patient_id=card.pk, file=name) for card in created])


def lock_matches(plans: list[Plan]) -> None:
    """The known cards of a step as they stand now, locked in one statement and one order."""
    ids = {plan.match.pk for plan in plans if plan.match is not None}
    rows = Patient.objects.select_for_update(of=("self",)).select_related("identity").filter(pk__in=ids).order_by("pk")
    locked = {card.pk: card for card in rows}
    for plan in plans:
        if plan.match is not None:
            plan.match = locked[plan.match.pk]


def default_branch(batch: ImportBatch) -> Branch | None:
    branch = batch.options.get("branch")
    return Branch.objects.live().filter(pk=branch).first() if branch else None


def number_cards(cards: list[Patient]) -> None:
    """Numbers for those that the file gives none, past every number that is taken."""
    waiting = [card for card in cards if not card.card_number]
    if not waiting:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('patients_card_number') FROM generate_series(1, %s)", [len(waiting)])
        numbers = [row[0] for row in cursor.fetchall()]
    shape = policies.CARD_NUMBERING.get()
    own = {card.card_number for card in cards}
    proposed = [shaped(number, shape) for number in numbers]
    taken = own | set(Patient.objects.filter(card_number__in=proposed).values_list("card_number", flat=True))
    for card, number in zip(waiting, proposed, strict=True):
        card.card_number = number if number not in taken else card_number_next()


def fate_of(batch: ImportBatch, plan: Plan, actor: Any) -> ImportedRow:
    """What became of a row; a known card is completed here."""
    row = ImportedRow(batch=batch, number=plan.read.number)
    if plan.read.errors:
        row.fate = ImportedRow.Fate.WRONG
        row.errors = {name: [plan.read.raw.get(name, ""), str(text)] for name, text in plan.read.errors.items()}
        return row
    if plan.card is not None:
        row.fate, row.patient, row.version = ImportedRow.Fate.CREATED, plan.card, plan.card.version
        return row
    assert plan.match is not None
    row.patient = plan.match
    before = complete(plan, batch.file.name, actor)
    row.fate = ImportedRow.Fate.UPDATED if before else ImportedRow.Fate.SAME
    row.version, row.before = plan.match.version, before
    return row


def complete(plan: Plan, file_name: str, actor: Any) -> dict[str, Any]:
    """Fill what the card lacks; returns what stood there before, for the roll-back."""
    card = plan.match
    assert card is not None
    fresh, papers = completion_of(plan), identity_completion(plan)
    if not fresh and not papers:
        return {}
    before = {name: plain(getattr(card, name)) for name in fresh}
    for name, value in fresh.items():
        setattr(card, name, value)
    card.version += 1
    card.save(update_fields=[*fresh, "version"])
    if papers:
        known, is_new = Identity.objects.get_or_create(patient=card)
        before["identity"] = None if is_new else {name: plain(getattr(known, name)) for name in papers}
        for name, value in papers.items():
            setattr(known, name, value)
        known.save()
    audit(actor, "patients.card.completed", card, patient_id=card.pk, file=file_name)
    return before


def plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


@command
def batch_finish(*, batch_id: int, outcome: Outcome, actor: Any) -> dict[str, Any]:
    batch = ImportBatch.objects.select_for_update(of=("self",)).select_related("file").get(pk=batch_id)
    fates = batch.rows.values_list("fate", flat=True)
    counts = Counter(fates)
    batch.report = {**outcome.facts(), **{key: counts[key] for key in ("created", "updated", "same", "wrong")}}
    batch.state, batch.ended_at = ImportBatch.State.DONE, clock.now()
    batch.save()
    facts = {key: counts[key] for key in ("created", "updated", "wrong")}
    audit(actor, "patients.batch.imported", batch, **facts)
    publish(PatientsImported(batch_id=batch.pk, created=counts["created"]))
    return {**batch.report, "batch": batch.pk}
