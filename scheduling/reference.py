"""Visit types of a new clinic."""

from scheduling.models import VisitType

# name, minutes, colour, is a first visit, is urgent
TYPES = (
    ("Первичный приём", 30, "teal", True, False),
    ("Лечение", 60, "blue", False, False),
    ("Контрольный осмотр", 30, "green", False, False),
    ("Профгигиена", 60, "violet", False, False),
    ("Острая боль", 30, "red", False, True),
)


def load_visit_types() -> None:
    """Once, while the directory is empty: what a clinic has renamed or deleted stays as it is."""
    if VisitType.objects.exists():
        return
    VisitType.objects.bulk_create(
        [
            VisitType(
                name=name, duration_min=minutes, tone=tone, is_first_visit=first, is_urgent=urgent, position=position
            )
            for position, (name, minutes, tone, first, urgent) in enumerate(TYPES)
        ]
    )
