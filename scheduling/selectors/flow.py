"""The flow board: who is expected, has arrived, is in the chair, has to pay; minutes in each state (SCH-48)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from clinic.models import Branch
from core import clock
from core.access import is_allowed
from patients.permissions import EDIT as EDIT_CARD
from patients.selectors import missing_of
from scheduling import policies
from scheduling.models import Appointment, State, StatusLabel
from scheduling.selectors.appointments import appointments_visible_to
from scheduling.selectors.calendar import visits_drawn
from scheduling.slots import FLOW_DUE, marks_of

EXPECTED, ARRIVED, IN_CHAIR, TO_PAY = "expected", "arrived", "in_chair", "to_pay"
COLUMNS = (EXPECTED, ARRIVED, IN_CHAIR, TO_PAY)
COLUMN_OF = {State.BOOKED: EXPECTED, State.CONFIRMED: EXPECTED, State.ARRIVED: ARRIVED, State.IN_CHAIR: IN_CHAIR}
NEXT = {EXPECTED: State.ARRIVED, ARRIVED: State.IN_CHAIR}


@dataclass(slots=True)
class FlowCard:
    """One patient on the board. `tone`: grey in time, amber nearly late, red over the minutes of alert."""

    visit: Appointment
    column: str
    minutes: int
    alert: int | None
    badges: list[Any] = field(default_factory=list)
    due: str = ""
    lacks: str = ""  # what is to be asked of who is expected or has come (PAT-36)

    @property
    def is_late(self) -> bool:
        return self.alert is not None and self.minutes >= self.alert

    @property
    def tone(self) -> str:
        if self.alert is None or self.minutes < self.alert * 2 / 3:
            return "grey"
        return "red" if self.is_late else "amber"

    @property
    def next_state(self) -> str:
        return NEXT.get(self.column, "")


def flow_read(user: Any, branch: Branch, day: date) -> dict[str, list[FlowCard]]:
    """Four columns of a day; the statements do not grow with the patients."""
    start, end = clock.day_bounds(day, day, branch.timezone)
    rows = appointments_visible_to(user).filter(
        branch=branch, starts_at__gte=start, starts_at__lt=end, is_mistake=False,
        state__in=(*COLUMN_OF, State.COMPLETED),
    )  # fmt: skip
    visits = list(visits_drawn(rows).select_related("chair").order_by("starts_at", "pk"))
    done = [visit for visit in visits if visit.state == State.COMPLETED]
    dues = FLOW_DUE.gather(done, user) if done else {}
    shown = [visit for visit in visits if visit.state != State.COMPLETED or visit.pk in dues]
    badges, alerts = marks_of(shown, user), alerts_of_states()
    board: dict[str, list[FlowCard]] = {name: [] for name in COLUMNS}
    for visit in shown:
        column = COLUMN_OF.get(State(visit.state), TO_PAY)
        card = FlowCard(
            visit, column, minutes_in(visit, column), alert_of(visit, column, alerts), badges.get(visit.pk, [])
        )
        card.due = ", ".join(str(words) for words in dues.get(visit.pk, ()))
        board[column].append(card)
    lacks_put([*board[EXPECTED], *board[ARRIVED]], user)
    for column in (ARRIVED, IN_CHAIR, TO_PAY):
        board[column].sort(key=lambda card: -card.minutes)
    return board


def lacks_put(cards: list[FlowCard], user: Any) -> None:
    """Papers that are missing, for whoever may fill them in; three statements for the whole board."""
    if not cards or not is_allowed(user, EDIT_CARD):
        return
    missing = missing_of({card.visit.patient_id: card.visit.patient for card in cards}.values())
    for card in cards:
        card.lacks = ", ".join(str(words) for _code, words in missing.get(card.visit.patient_id, ()))


def minutes_in(visit: Appointment, column: str) -> int:
    """Of an expected one how late he is (less than nothing: still ahead); of the others how long they are so."""
    since = visit.starts_at if column == EXPECTED else visit.state_since
    return int((clock.now() - since).total_seconds() // 60)


def alerts_of_states() -> dict[str, int]:
    """The clinic's own minutes for a state, from its labels (SCH-32); the shortest of several."""
    found: dict[str, int] = {}
    for state, minutes in labels_with_minutes():
        found[state] = min(minutes, found.get(state, minutes))
    return found


def labels_with_minutes() -> Iterable[tuple[str, int]]:
    rows = StatusLabel.objects.live().filter(alert_minutes__isnull=False)
    return rows.values_list("state", "alert_minutes")


def alert_of(visit: Appointment, column: str, alerts: dict[str, int]) -> int | None:
    """The label's minutes, the state's, else the clinic's wait; who is in the chair is late after his own end."""
    if visit.label_id and visit.label and visit.label.alert_minutes:
        return visit.label.alert_minutes
    if visit.state in alerts:
        return alerts[visit.state]
    return visit.minutes if column == IN_CHAIR else policies.WAIT_MINUTES.get()
