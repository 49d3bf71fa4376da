"""Pages of the frame: shell, settings, trash, audit, health."""

from core.views.shell import back_to, job, job_cancel, language, page_missing, palette, undo, view_delete, view_save

__all__ = ["back_to", "job", "job_cancel", "language", "page_missing", "palette", "undo", "view_delete", "view_save"]
