"""Online booking is open in the demo: what patients may choose, and three of their bookings that wait for a look."""

from datetime import date, timedelta

from clinic.models import Staff
from core import policies
from core.services import policies_set
from demo.world import World
from patients.models import Patient
from scheduling.models import OnlineBooking, OnlineService
from scheduling.online.links import Slot, nonce_made
from scheduling.selectors.online import EXAMINATION, Wanted, times_free, wanted_of
from scheduling.services.online import Typed, online_book
from scheduling.services.online_desk import bookings_announce

# (code, directions that do it, name, in English, in Romanian)
SERVICES = (
    ("A16.07.051", {"hygiene"}, "Профессиональная чистка зубов", "Professional cleaning", "Igienizare profesională"),
    ("A16.07.002", {"therapy", "endodontics", "periodontology"}, "Лечение зуба", "Tooth treatment", "Tratamentul dintelui"),
    ("A16.07.001.002", {"surgery"}, "Удаление зуба", "Tooth removal", "Extracție dentară"),
    ("B01.064.003", {"pediatric"}, "Приём ребёнка", "Children's visit", "Consultație pentru copii"),
    ("B01.063.001", {"orthodontics"}, "Консультация ортодонта", "Orthodontist's consultation", "Consultația ortodontului"),
    ("A16.07.050", {"hygiene"}, "Отбеливание", "Whitening", "Albire"),
)  # fmt: skip
NOT_ONLINE = {"xray"}


def build(world: World) -> None:
    director = world.users["director"]
    doctors = [each.staff.pk for each in world.doctors.values() if each.direction not in NOT_ONLINE]
    values = {
        "scheduling.online": True, "scheduling.online_doctors": doctors, "scheduling.online_first_visit": "deposit",
        "scheduling.online_deposit": "1000",
        "scheduling.online_first_text": "Депозит идёт в счёт лечения и возвращается, если предупредить за сутки.",
    }  # fmt: skip
    policies_set(values=values, actor=director)
    policies.forget()  # the demo's transaction has not ended, and what follows asks
    build_services(world)
    build_bookings(world)


def build_services(world: World) -> None:
    through = Staff.professions.through.objects
    for position, (code, directions, name, name_en, name_ro) in enumerate(SERVICES):
        row = OnlineService.objects.create(
            service_id=world.services[code], name=name, name_en=name_en, name_ro=name_ro, position=position
        )
        staff = [each.staff.pk for each in world.doctors.values() if each.direction in directions]
        row.professions.set(through.filter(staff_id__in=staff).values_list("profession_id", flat=True))


def build_bookings(world: World) -> None:
    """A patient on his own card, a new one, and one who shares the phone of another."""
    known = list(Patient.objects.live().exclude(phone="").exclude(birth_date=None).order_by("pk")[:60])
    same, family = known[len(known) // 2], known[-1]
    people = (
        Typed(
            last_name=same.last_name, first_name=same.first_name, middle_name=same.middle_name, birth_date=same.birth_date,
            phone=same.phone, language="ru",
        ),
        Typed(
            last_name="Журавлёва", first_name="Тамара", phone="+79005550177", birth_date=date(1988, 4, 12), language="ru",
            comment="Приду с ребёнком",
        ),
        Typed(last_name=family.last_name, first_name="Мирон", birth_date=date(1999, 9, 9), phone=family.phone, language="ru"),
    )  # fmt: skip
    for number, typed in enumerate(people):
        made = booked(world, wanted_of(world.branches[number % 2].pk, EXAMINATION, None), typed, after=number + 1)
        if made:
            at = world.now - timedelta(minutes=20 * number + 10)
            OnlineBooking.objects.filter(pk=made.pk).update(created_at=at)
            if made.person != OnlineBooking.Person.MATCHED:
                Patient.objects.filter(pk=made.appointment.patient_id).update(created_at=at)
    bookings_announce()


def booked(world: World, wanted: Wanted, typed: Typed, *, after: int) -> OnlineBooking | None:
    days = times_free(wanted, world.today + timedelta(days=after), world.today + timedelta(days=after + 7))
    times = next(iter(days.values()), [])
    if not times:
        return None
    time = times[len(times) // 2]
    slot = Slot(
        branch=wanted.branch.pk, service=EXAMINATION, doctor=time.doctor_id, chair=time.chair_id, start=time.start,
        key=nonce_made(), is_any_doctor=True,
    )  # fmt: skip
    return online_book(wanted=wanted, slot=slot, typed=typed)
