"""Without a mouse: a returning caller is booked by counted keys, and a dragged visit goes back by one of them."""

from datetime import timedelta

import pytest

from core import clock
from core.models import UndoEntry
from scheduling.models import Appointment
from scheduling.services import appointment_book
from tests.factories import PatientFactory
from tests.small_clinic import ZONE, moment
from tests.stories.conftest import becomes, is_now, settles
from tests.stories.test_day import POINT

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MOST = 12
SEEN = """() => {
  const node = document.activeElement, box = node.getBoundingClientRect(), look = getComputedStyle(node);
  const label = node.closest('label'), around = label ? getComputedStyle(label) : look;
  const ring = (style) => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  const isRinged = ring(look) || ring(around) || (!label && look.boxShadow !== 'none');
  return { where: `${node.tagName} ${node.id || node.name || node.className}`, isRinged,
           isThere: box.bottom > 0 && box.top < innerHeight && node !== document.body };
}"""


class Keys:
    """Nothing but keys; the two of a chord are two. Digits that are dialled are not counted."""

    def __init__(self, page):
        self.page, self.pressed = page, []

    def press(self, *names):
        for name in names:
            self.pressed += name.split("+")
            self.page.keyboard.press(name)
        return self

    def dial(self, digits):
        for digit in digits:
            self.page.keyboard.press(digit)
        return self

    def has_focus(self, selector):
        """The keys go where they should, and the person sees where that is."""
        self.page.wait_for_function("(at) => document.activeElement?.matches(at)", arg=selector)
        self.page.wait_for_timeout(400)  # nothing takes it away afterwards
        seen = self.page.evaluate(SEEN)
        assert self.page.evaluate("(at) => document.activeElement.matches(at)", selector), seen
        assert seen["isRinged"] and seen["isThere"], seen
        return self


def evening(clinic):
    """The soonest evening of this week that has not begun, and the caller's doctor is there on it."""
    sunday = clinic.day + timedelta(days=6 - clinic.day.weekday())
    days = [clinic.day + timedelta(days=n) for n in range(3)]
    left = [day for day in days if day <= sunday and moment(day, 16, 50) > clock.now()]
    if not left:
        pytest.skip("The last evening of the week: nothing is left of it to be booked")
    return left[0]


@pytest.fixture
def caller(clinic):
    return PatientFactory(
        last_name="Звонарёв", first_name="Глеб", branch=clinic.branch, phone="+79005554821", doctor=clinic.sokolova
    )


def taken(clinic, day, start, end, patient=None):
    return appointment_book(
        patient_id=(patient or clinic.anna).pk, doctor_id=clinic.sokolova.pk, chair_id=clinic.chair.pk, starts_at=start,
        ends_at=end, service_ids=[clinic.service.pk], actor=clinic.boss,
    )  # fmt: skip


def at_the_card(desk, caller, digits="4821"):
    """Ctrl+K, four digits, Enter at once: the answer is not waited for."""
    keys = Keys(desk.go("/home/").page)
    keys.press("Control+k").dial(digits).press("Enter")
    desk.page.wait_for_url(f"**/patients/{caller.pk}/**")
    return keys


@pytest.mark.feature("SCH-40", "SCH-04")
@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_returning_caller_is_booked_by_twelve_keys(clinic, caller, at_work, language):
    day = evening(clinic)
    if day != clinic.day:  # what is left of an evening that has begun is taken, or it would be offered
        taken(clinic, clinic.day, moment(clinic.day, 17), moment(clinic.day, 18))
        taken(clinic, clinic.day, moment(clinic.day, 19), moment(clinic.day, 21))
    taken(clinic, day, moment(day, 17), moment(day, 17, 45))
    desk = at_work(clinic.people["administrator"], language)
    page = desk.page
    keys = at_the_card(desk, caller)
    keys.press("f").has_focus("#panel-body [name=part]")
    assert page.locator("#panel-body [name=doctor]").input_value() == str(clinic.sokolova.pk)
    keys.press("ArrowLeft").has_focus("[name=part][value=evening]:checked")
    keys.press("Tab").has_focus("[name=week][value='']")
    keys.press("ArrowRight").press("Enter")  # this week, and the first of what is offered
    page.locator("#panel-body form.booking").wait_for()
    keys.has_focus("#panel-body form.booking [name=visit_type]")
    keys.press("Control+Enter")
    visit = settles(lambda: Appointment.objects.get(patient=caller))
    first = moment(day, 17, 45) if day != clinic.day else moment(day, 19)  # 18 to 19 is kept by somebody today
    assert (visit.doctor, visit.ends_at - visit.starts_at) == (clinic.sokolova, timedelta(minutes=30))
    assert visit.starts_at == first
    assert len(keys.pressed) <= MOST, keys.pressed
    desk.sees("Звонарёв")


@pytest.mark.feature("SCH-40")
def test_a_week_without_a_free_evening_offers_no_other(clinic, caller, at_work):
    sunday = clinic.day + timedelta(days=6 - clinic.day.weekday())
    for number in range(3):
        day = clinic.day + timedelta(days=number)
        if day <= sunday:
            taken(clinic, day, moment(day, 17), moment(day, 18))
            taken(clinic, day, moment(day, 19), moment(day, 21))
            if number:
                taken(clinic, day, moment(day, 18), moment(day, 19))
    desk = at_work(clinic.people["administrator"])
    keys = at_the_card(desk, caller)
    keys.press("f").has_focus("#panel-body [name=part]").press("ArrowLeft", "Tab", "ArrowRight")
    desk.sees(desk.say("No such time"), "#offers")
    keys.press("Enter")
    desk.page.wait_for_timeout(500)
    assert not desk.page.locator("form.booking").count()
    desk.go(f"/schedule/search/?patient={caller.pk}&part=evening&week=this")
    keys.has_focus("[name=part][value=evening]:checked")


def dragged(clinic, desk):
    """By an hour down the column of its chair."""
    page = desk.go(f"/schedule/?date={clinic.day}").page
    page.locator(f"[data-eid='v{clinic.visit.pk}']").wait_for()
    page.wait_for_timeout(300)
    from_here = page.evaluate(POINT, [clinic.chair.pk, "10:00"])
    to_there = page.evaluate(POINT, [clinic.chair.pk, "13:00"])
    page.mouse.move(from_here[0], from_here[1] + 6)
    page.mouse.down()
    page.mouse.move(to_there[0], (from_here[1] + to_there[1]) / 2, steps=5)
    page.mouse.move(to_there[0], to_there[1] + 6, steps=5)
    page.mouse.up()
    is_now(clinic.visit, starts_at=moment(clinic.day, 13), ends_at=moment(clinic.day, 14))
    return page


@pytest.mark.feature("MOON-18", "SCH-07")
def test_a_drag_is_taken_back_by_its_button_and_by_the_key(clinic, at_work):
    desk = at_work(clinic.people["administrator"])
    page = dragged(clinic, desk)
    toast = page.locator("#toasts [data-undo]")
    toast.get_by_role("button", name=desk.say("Undo")).click()
    is_now(clinic.visit, starts_at=moment(clinic.day, 10), ends_at=moment(clinic.day, 11))
    assert UndoEntry.objects.get(actor=clinic.people["administrator"]).undone_at
    toast.wait_for(state="detached")

    page = dragged(clinic, desk)
    toast = page.locator("#toasts [data-undo]")
    toast.wait_for()
    Keys(page).press("Control+z")
    is_now(clinic.visit, starts_at=moment(clinic.day, 10), ends_at=moment(clinic.day, 11))
    toast.wait_for(state="detached")
    becomes(lambda: page.evaluate("(id) => calendar.getEventById(`v${id}`).start.getHours()", clinic.visit.pk), 10)
    assert clock.today(ZONE) == clinic.day
