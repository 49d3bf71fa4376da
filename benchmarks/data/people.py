"""Cards: names in their frequency, phones that are all different, created over the years."""

from benchmarks.data.loading import Loader
from benchmarks.data.size import Size
from ledger.models import Payer
from patients.models import Patient

# Common names are common: the square of an even number leans to the front of the list.
SOURCE = """
FROM (
    SELECT n, CASE WHEN bench.r(n, 1) < 0.54 THEN 'f' ELSE 'm' END AS sex,
        floor(power(bench.r(n, 2), 2) * size.surnames)::int AS surname,
        floor(power(bench.r(n, 3), 1.5) * CASE WHEN bench.r(n, 1) < 0.54 THEN size.hers ELSE size.his END)::int AS first,
        bench.pick(n, 4, size.patronymics) AS middle
    FROM generate_series(1, {patients}::bigint) n, (
        SELECT count(*) FILTER (WHERE kind = 'surname' AND sex = 'f') AS surnames,
            count(*) FILTER (WHERE kind = 'first_name' AND sex = 'f') AS hers,
            count(*) FILTER (WHERE kind = 'first_name' AND sex = 'm') AS his,
            least(count(*) FILTER (WHERE kind = 'patronymic' AND sex = 'f'),
                  count(*) FILTER (WHERE kind = 'patronymic' AND sex = 'm')) AS patronymics
        FROM bench.name
    ) AS size
) AS p
JOIN bench.name surname ON surname.kind = 'surname' AND surname.sex = p.sex AND surname.place = p.surname
JOIN bench.name first ON first.kind = 'first_name' AND first.sex = p.sex AND first.place = p.first
JOIN bench.name middle ON middle.kind = 'patronymic' AND middle.sex = p.sex AND middle.place = p.middle,
(SELECT min(day) AS opened, max(day) - min(day) AS days FROM bench.day) AS span
"""


def people_make(load: Loader, size: Size) -> None:
    load.fill(
        Patient,
        SOURCE.format(patients=size.patients),
        id="n",
        card_number="lpad(n::text, 7, '0')",
        last_name="surname.value",
        first_name="first.value",
        middle_name="middle.value",
        sex="p.sex",
        birth_date="date '1935-01-01' + bench.pick(n, 5, 30000)",
        phone="'+79' || lpad((n * 514229 % 1000000000)::text, 9, '0')",
        home_phone="CASE WHEN bench.r(n, 6) < 0.1 THEN '+7495' || lpad(bench.pick(n, 7, 10000000)::text, 7, '0') ELSE '' END",
        more_phones="CASE WHEN bench.r(n, 8) < 0.05 THEN '+7926' || lpad(bench.pick(n, 9, 10000000)::text, 7, '0') ELSE '' END",
        email="CASE WHEN bench.r(n, 10) < 0.3 THEN 'patient' || n || '@example.org' ELSE '' END",
        branch_id=f"(n - 1) % {size.branches} + 1",
        reminders_allowed="bench.r(n, 11) < 0.9",
        created_at=f"span.opened + interval '10 hours' + span.days * n / {size.patients} * interval '1 day'",
    )
    load.fill(
        Payer, f"FROM generate_series(1, {size.patients}) n", id="n", kind="'patient'", subject_id="n",
    )  # fmt: skip
    load.run("SELECT setval('patients_card_number', %s)", [size.patients + 1])
