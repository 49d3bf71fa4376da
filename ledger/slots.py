"""What the book asks of the apps above."""

from collections.abc import Callable

from core.slots import Slot

# check() -> [sentence, ...]: what of an app's own figures disagrees with the book; empty when all is well.
CHECKS: Slot[Callable[[], list[str]]] = Slot("ledger.checks")
