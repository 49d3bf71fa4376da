"""`manage.py load_reference`: roles, statuses, diagnoses and what else is the same in every clinic."""

from typing import Any

from django.core.management.base import BaseCommand

from core import reference


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        reference.load()
