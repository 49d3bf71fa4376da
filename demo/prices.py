"""The price list: the bundled list of Order 804n, with one rise of prices in the middle of the year."""

from datetime import date, timedelta

from catalog.models import Category, Diagnosis, Service, ServicePrice
from catalog.reference import CATEGORIES, list_804n
from demo.bulk import Table
from demo.world import World

RISE_AFTER = 200  # days of the story
RISE_PERCENT = 7
RISEN = {"therapy", "endodontics", "prosthetics", "hygiene", "consultation"}
EXPENSIVE = {
    "A16.07.054",
    "A16.07.054.002",
    "A16.07.006",
    "A16.07.006.001",
    "A16.07.055",
    "A16.07.041",
}  # code 2 of the tax list


def build(world: World) -> None:
    categories = {}
    for position, (code, (name, name_en)) in enumerate(CATEGORIES.items()):
        row, _made = Category.objects.get_or_create(
            code=code, defaults={"name": name, "name_en": name_en, "position": position}
        )
        categories[code] = row.pk
    services = Table(Service, "category_id", "code", "code_804n", "name", "name_en", "duration_min", "tax_code")
    prices = Table(ServicePrice, "service_id", "starts_on", "amount", "set_by_id", "set_at")
    director = world.users["director"].pk
    world.rises_on = world.first + timedelta(days=RISE_AFTER)
    for row in list_804n():
        tax = "2" if row["code"] in EXPENSIVE else "1"
        number = services.add(
            categories[row["category"]],
            row["code"],
            row["code"],
            row["name_ru"],
            row["name_en"],
            int(row["duration_min"]),
            tax,
        )
        price = int(row["price_rub"])
        prices.add(number, world.first - timedelta(days=60), price, director, world.now)
        world.services[row["code"]] = number
        world.directions[row["code"]] = categories[row["category"]]
        world.prices[row["code"]] = [price, price]
        if row["category"] in RISEN and world.rises_on < world.today:
            world.prices[row["code"]][1] = round(price * (100 + RISE_PERCENT) / 5000) * 50
            prices.add(number, world.rises_on, world.prices[row["code"]][1], director, world.now)
        world.names[row["code"]] = row["name_ru"]
    services.write()
    prices.write()
    world.diagnoses = dict(Diagnosis.objects.values_list("code", "pk"))


def price_of(world: World, code: str, day: date) -> int:
    """Whole roubles by the list of a day."""
    return world.prices[code][day >= world.rises_on]
