"""Promotions of the demo clinic: three of them, one ticked on cards, and what earlier invoices gave off by them."""

from datetime import time
from decimal import Decimal

from django.db import connection

from billing.models import Discount
from billing.services import CapsIn, TermsIn, discount_create, patient_discounts_set
from catalog.models import Category
from clinic.models import User
from demo.world import World

SENIORS, REGULARS, MORNINGS = "Пенсионерам", "Постоянным пациентам", "Утро будней"
# Which discounts that visits name were given by which promotion; the others were by hand.
NAMED = {"пенсионер": SENIORS, "по карте постоянного пациента": REGULARS}
PARTS = """
INSERT INTO billing_linediscount (line_id, discount_id, terms_id, amount, why)
SELECT line.id, discount.id, terms.id, line.discount, line.discount_reason
FROM billing_invoiceline line
LEFT JOIN unnest(%s::text[], %s::bigint[]) AS named(why, id) ON named.why = line.discount_reason
LEFT JOIN billing_discount discount ON discount.id = named.id
LEFT JOIN billing_discountterms terms ON terms.discount_id = discount.id
WHERE line.discount > 0 AND NOT EXISTS (SELECT FROM billing_linediscount part WHERE part.line_id = line.id)
"""
USES = """
INSERT INTO billing_discountuse (discount_id, terms_id, patient_id, invoice_id, amount, taken_at)
SELECT part.discount_id, part.terms_id, invoice.patient_id, invoice.id, sum(part.amount), invoice.issued_at
FROM billing_linediscount part
JOIN billing_invoiceline line ON line.id = part.line_id
JOIN billing_invoice invoice ON invoice.id = line.invoice_id AND invoice.status IN ('issued', 'partly_paid', 'paid')
WHERE part.discount_id IS NOT NULL
GROUP BY part.discount_id, part.terms_id, invoice.id
"""
COUNTS = """
UPDATE billing_discount discount SET uses = found.uses, given = found.given
FROM (SELECT discount_id, count(*) AS uses, sum(amount) AS given FROM billing_discountuse GROUP BY discount_id) found
WHERE found.discount_id = discount.id
"""
TICKED = 12


def build(world: World) -> None:
    director = User.objects.filter(roles__code="director").order_by("pk").first()
    made = {each.name: each.pk for each in promotions(director)}
    with connection.cursor() as cursor:
        cursor.execute(PARTS, [list(NAMED), [made[name] for name in NAMED.values()]])
        cursor.execute(USES)
        cursor.execute(COUNTS)
    for person in [each for each in world.people if each.phone][:TICKED]:
        patient_discounts_set(patient_id=person.id, ticked={made[REGULARS]: None}, actor=director)


def promotions(director: User | None) -> list[Discount]:
    hygiene = list(Category.objects.live().order_by("position", "pk").values_list("pk", flat=True)[:1])
    return [
        discount_create(
            name=SENIORS, terms=TermsIn(kind="percent", value=Decimal(10), recipients="age", age_from=60), actor=director
        ),
        discount_create(
            name=REGULARS, terms=TermsIn(kind="percent", value=Decimal(5), recipients="patients"), actor=director
        ),
        discount_create(
            name=MORNINGS, caps=CapsIn(budget=Decimal(150000)), actor=director,
            terms=TermsIn(
                kind="percent", value=Decimal(15), source="listed", categories=hygiene, weekdays=[0, 1, 2, 3, 4],
                from_time=time(9), to_time=time(12), most=Decimal(1500),
            ),
        ),
    ]  # fmt: skip
