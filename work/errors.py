"""What tasks refuse."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, constraint_means


class TaskTaken(DomainError):
    """Somebody of the group was faster."""

    code = "task_taken"
    message = _("Somebody else has already taken this task.")


class TaskExists(DomainError):
    """The program has already asked for it."""

    code = "task_exists"
    message = _("There is already such a task.")


class ItemTaken(DomainError):
    """A colleague is busy with this item of the queue."""

    code = "item_taken"
    message = _("A colleague has already taken this.")


class AlreadyAtWork(DomainError):
    """His working time is running."""

    code = "already_at_work"
    message = _("Your working time is already running.")


class NotAtWork(DomainError):
    """There is no running time to end."""

    code = "not_at_work"
    message = _("Your working time is not running.")


class PeriodOverlaps(DomainError):
    """A person is at work once at a time."""

    code = "period_overlaps"
    message = _("At this time the person has other working time.")


class CorrectionAsked(DomainError):
    """The period has a request that nobody has answered."""

    code = "correction_asked"
    message = _("A correction of this time already waits for an answer.")


constraint_means("work_period_never_overlaps", PeriodOverlaps)
constraint_means("time_correction_asked_once", CorrectionAsked)
constraint_means("claim_of_one_person_at_a_time", ItemTaken)
constraint_means("task_open_once_by_its_key", TaskExists)
