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


constraint_means("claim_of_one_person_at_a_time", ItemTaken)
constraint_means("task_open_once_by_its_key", TaskExists)
