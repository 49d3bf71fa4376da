"""`manage.py ledger_check`: recount the book; ends with 1 and the list when anything disagrees."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from ledger.selectors import ledger_check


class Command(BaseCommand):
    help = "Recounts every balance and every figure that rests on the ledger."

    def handle(self, *args: Any, **options: Any) -> None:
        found = ledger_check()
        self.stdout.write(f"{found.accounts} accounts, {found.postings} postings")
        for problem in found.problems:
            self.stderr.write(problem)
        if not found.balanced:
            sys.exit(1)
