"""The calendar as plain values for its script: times are those of the clock on the branch's wall."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from core import clock
from core.access import is_allowed
from core.templatetags.ui import money
from scheduling import permissions
from scheduling.badges import label_of, label_tone
from scheduling.models import Appointment, Block, Hold, Shift
from scheduling.rules import steps_from
from scheduling.selectors.calendar import DayView
from scheduling.slots import Badge, Figure


def wall(moment: datetime, zone: str) -> str:
    return clock.local(moment, zone).strftime("%Y-%m-%dT%H:%M")


def drawn(view: DayView) -> dict[str, Any]:
    """Everything of a day or a week."""
    zone = view.days.zone
    return {
        "from": str(view.days.first),
        "to": str(view.days.last),
        "now": wall(clock.now(), zone),
        "chairs": [chair_drawn(chair) for chair in view.chairs],
        "doctors": doctors_drawn(view),
        "shifts": [shift_drawn(shift, view) for shift in view.shifts],
        "visits": visits_drawn(view.visits, view.badges, view.notes),
        "blocks": [block_drawn(block, view) for block in view.blocks],
        "holds": [hold_drawn(hold, zone) for hold in view.holds],
        "closed": closed_days(view),
    }


def chair_drawn(chair: Any) -> dict[str, Any]:
    return {"id": chair.pk, "name": chair.name, "purpose": chair.purpose, "branch": chair.branch.name}


def doctors_drawn(view: DayView) -> dict[int, dict[str, Any]]:
    """Who works or has visits: name, profession, colour."""
    people = {row.doctor_id: row.doctor for row in (*view.shifts, *view.visits)}
    return {
        pk: {
            "name": person.short_name,
            "profession": ", ".join(view.professions.get(pk, [])[:2]),
            "tone": person.tone or "blue",
        }
        for pk, person in people.items()
    }


def shift_drawn(shift: Shift, view: DayView) -> dict[str, Any]:
    figures = view.heads.get((shift.chair_id, shift.doctor_id), [])  # type: ignore[call-overload]
    return {
        "id": shift.pk,
        "chair": shift.chair_id,
        "doctor": shift.doctor_id,
        "start": wall(shift.starts_at, shift.zone),
        "end": wall(shift.ends_at, shift.zone),
        "version": shift.version,
        "figures": [figure_drawn(figure) for figure in figures],
    }


def figure_drawn(figure: Figure) -> dict[str, Any]:
    value = money(figure.value) if figure.kind == "money" else str(figure.value)
    whole = "" if figure.of is None else money(figure.of) if figure.kind == "money" else str(figure.of)
    percent = min(100, int(100 * figure.value / figure.of)) if figure.of else None
    return {"label": str(figure.label), "value": value, "of": whole, "percent": percent, "tone": figure.tone}


def visits_drawn(
    visits: Iterable[Appointment], badges: dict[int, list[Badge]], notes: dict[int, list[str]]
) -> list[dict[str, Any]]:
    return [visit_drawn(visit, badges.get(visit.pk, []), notes.get(visit.pk, [])) for visit in visits]


def visit_drawn(visit: Appointment, badges: list[Badge], notes: list[str]) -> dict[str, Any]:
    """A card of the grid. Notes of apps above go before the visit's own comment (SCH-22)."""
    return {
        "id": visit.pk,
        "chair": visit.chair_id,
        "doctor": visit.doctor_id,
        "branch": visit.branch_id,
        "start": wall(visit.starts_at, visit.branch.timezone),
        "end": wall(visit.ends_at, visit.branch.timezone),
        "state": visit.state,
        "label": label_of(visit),
        "label_id": visit.label_id,
        "tone": label_tone(visit),
        "since": wall(visit.state_since, visit.branch.timezone),
        "alert": visit.label.alert_minutes if visit.label else None,
        "patient": visit.patient_id,
        "name": visit.patient.short_name,
        "full_name": visit.patient.full_name,
        "type": visit.visit_type.name if visit.visit_type else "",
        "services": ", ".join(visit.service_names),
        "notes": [str(note) for note in notes],
        "comment": visit.comment,
        "own": visit.own_minutes,
        "series": visit.series_id,
        "over": visit.is_overbooked,
        "badges": [badge_drawn(badge) for badge in badges],
        "steps": steps_from(visit.state),
        "version": visit.version,
    }


def badge_drawn(badge: Badge) -> dict[str, str]:
    return {"code": badge.code, "label": str(badge.label), "tone": badge.tone, "letter": badge.letter}


def block_drawn(block: Block, view: DayView) -> dict[str, Any]:
    """A doctor's block has no chair of its own: it lies in every chair where he works then."""
    zone = view.days.zone
    chairs = (
        [block.chair_id]
        if block.chair_id
        else sorted({shift.chair_id for shift in view.shifts if shift.doctor_id == block.doctor_id})
    )
    return {
        "id": block.pk,
        "chairs": chairs,
        "doctor": block.doctor_id,
        "start": wall(block.starts_at, zone),
        "end": wall(block.ends_at, zone),
        "kind": block.kind,
        "title": block.note or str(block),
        "kept": block.is_kept,
    }


def hold_drawn(hold: Hold, zone: str) -> dict[str, Any]:
    return {
        "id": hold.pk,
        "chair": hold.chair_id,
        "start": wall(hold.starts_at, zone),
        "end": wall(hold.ends_at, zone),
        "by": str(hold.user) if hold.user_id else _("Offered to a patient"),
        "until": wall(hold.expires_at, zone),
    }


def closed_days(view: DayView) -> dict[str, list[str] | None]:
    """Opening hours of each day over all shown branches: the earliest and the latest; None when all are closed."""
    found: dict[str, list[str] | None] = {}
    for day in view.days.dates:
        opened = [view.hours[branch.pk][day] for branch in view.days.branches if view.hours[branch.pk].get(day)]
        found[str(day)] = (
            [hm(min(start for start, _end in opened), view), hm(max(end for _start, end in opened), view)]
            if opened
            else None
        )
    return found


def hm(moment: datetime, view: DayView) -> str:
    return clock.local(moment, view.days.zone).strftime("%H:%M")


def rights_drawn(user: Any) -> dict[str, bool]:
    """What the script offers; the server asks again."""
    return {
        "book": is_allowed(user, permissions.BOOK),
        "state": is_allowed(user, permissions.SET_STATE),
        "close": is_allowed(user, permissions.CLOSE_VISIT),
        "shifts": is_allowed(user, permissions.EDIT_SHIFTS),
        "block": is_allowed(user, permissions.BLOCK),
        "overbook": is_allowed(user, permissions.OVERBOOK),
    }


def parsed_day(text: str, otherwise: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return otherwise
    return day if 2000 <= day.year <= 2100 else otherwise
