"""`manage.py load_demo`: fill an empty clinic with invented people and their year."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from demo import load, place
from patients.models import Patient


class Command(BaseCommand):
    help = "Fill an empty clinic with an invented one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--patients", type=int, default=4000)
        parser.add_argument("--days", type=int, default=365, help="how many days back the story begins")

    def handle(self, *args: Any, **options: Any) -> None:
        if Patient.objects.exists():
            raise CommandError(str(load.NotEmpty.message))
        world = load.load(patients=options["patients"], days_back=options["days"], say=self.stdout.write)
        lines = [
            f"Demo: {len(world.people)} patients, {len(world.visits)} visits. Sign in as one of",
            f"  {', '.join(place.LOGINS)}",
            f"with the password {place.PASSWORD}",
        ]
        (settings.STATE / "demo-logins.txt").write_text("\n".join(lines) + "\n", encoding="utf8")
        for line in lines:
            self.stdout.write(line)
