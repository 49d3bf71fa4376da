"""How the program starts; nothing of the trade lives here."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
