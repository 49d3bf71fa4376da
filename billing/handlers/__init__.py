"""What billing adds to the apps below, and what it does when they tell of something."""

from billing.handlers import calendar, calls, cards, frame, papers, plans, visits  # noqa: F401  registered
