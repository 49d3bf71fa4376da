"""What barter adds to the apps below, and what it does when they tell of something."""

from barter.handlers import calendar, cards, events, frame, papers  # noqa: F401  registered
