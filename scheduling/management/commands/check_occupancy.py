"""`manage.py check_occupancy`: is what is taken what visits, holds and blocks say? Ends with 1 when it is not."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from catalog.models import Service
from scheduling.selectors.checking import occupancy_check


class Command(BaseCommand):
    help = "Compare the table of what is taken with visits, holds and blocks."

    def handle(self, *args: Any, **options: Any) -> None:
        found = occupancy_check(dict(Service.objects.values_list("pk", "buffer_min")))
        for title, rows in (("missing", found.missing), ("extra", found.extra), ("lonely", found.lonely)):
            for row in rows:
                self.stdout.write(f"{title}: {row}")
        self.stdout.write(f"{found.checked} rows, {'right' if found.is_right else 'WRONG'}")
        if not found.is_right:
            sys.exit(1)
