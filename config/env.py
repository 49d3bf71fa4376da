"""Typed reading of the environment: a wrong value stops the program with a sentence, never with a guess."""

import os
from pathlib import Path


class WrongSetting(ValueError):
    """The environment holds something that cannot be used; the text says what and how to mend it."""


def text(name: str, default: str | None = None) -> str:
    """A non-empty string; without a default the variable must be there."""
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise WrongSetting(f"{name} must be set in the environment")
    return default


def given(name: str) -> bool:
    """Is it set, by itself or through NAME_FILE?"""
    return any(os.environ.get(key, "").strip() for key in (name, f"{name}_FILE"))


def flag(name: str, default: bool = False) -> bool:
    """1, true, yes, on or 0, false, no, off, in any case."""
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise WrongSetting(f"{name} must be 1 or 0, not {value!r}")


def integer(name: str, default: int, *, low: int | None = None, high: int | None = None) -> int:
    """A whole number within [low, high]."""
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    try:
        number = int(value)
    except ValueError:
        raise WrongSetting(f"{name} must be a whole number, not {value!r}") from None
    if (low is not None and number < low) or (high is not None and number > high):
        raise WrongSetting(f"{name} must be from {low} to {high}, not {number}")
    return number


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    """One word of a short list."""
    value = text(name, default)
    if value not in allowed:
        raise WrongSetting(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
    return value


def words(name: str, default: list[str]) -> list[str]:
    """A list written with commas."""
    value = os.environ.get(name, "").strip()
    return [word.strip() for word in value.split(",") if word.strip()] if value else default


def secret(name: str, default: str | None = None) -> str:
    """A secret from NAME, or from the file that NAME_FILE names (as container secrets are given)."""
    path = os.environ.get(f"{name}_FILE", "").strip()
    if not path:
        return text(name, default)
    if os.environ.get(name, "").strip():
        raise WrongSetting(f"set either {name} or {name}_FILE, not both")
    try:
        value = Path(path).read_text("utf8").strip()
    except OSError as error:
        raise WrongSetting(f"{name}_FILE names {path}, which cannot be read: {error.strerror}") from None
    if not value:
        raise WrongSetting(f"{name}_FILE names {path}, which is empty")
    return value
