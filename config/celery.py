"""The Celery application; each app's tasks.py may name its periodic tasks in a dict SCHEDULE."""

import os
from importlib import import_module
from importlib.util import find_spec

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("kabinet")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_finalize.connect
def collect_schedules(sender, **kwargs):
    """Put every app's SCHEDULE into the one of beat."""
    from django.conf import settings  # not before Celery is complete: settings need no Celery

    for name in settings.OUR_INSTALLED_APPS:
        if find_spec(f"{name}.tasks"):
            sender.conf.beat_schedule.update(getattr(import_module(f"{name}.tasks"), "SCHEDULE", {}))
