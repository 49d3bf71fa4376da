"""Steps of a task."""

OPEN = frozenset({"new", "in_work", "waiting", "review"})
ENDED = frozenset({"done", "cancelled"})


def is_step(old: str, new: str) -> bool:
    """Open columns lead anywhere; an ended task can only be taken up again."""
    if old == new or new not in OPEN | ENDED:
        return False
    return old in OPEN or new in OPEN
