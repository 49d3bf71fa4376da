"""What insurance gives to the apps below."""

from insurance.handlers import cards, frame, plans, visits  # noqa: F401  registered
