"""What billing adds to the apps below."""

from billing.selectors.checks import billing_problems
from ledger.slots import CHECKS

CHECKS.register(billing_problems, module="billing")
