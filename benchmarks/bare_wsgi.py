"""The smallest Django that answers from the database: what a worker's memory and throughput are held against."""

import os

from django.conf import settings

from config import addresses

if not settings.configured:
    settings.configure(
        SECRET_KEY="bare", ALLOWED_HOSTS=["*"], ROOT_URLCONF="benchmarks.bare_views", MIDDLEWARE=[], INSTALLED_APPS=[],
        USE_TZ=True, TIME_ZONE="UTC",
        DATABASES={"default": {**addresses.database(os.environ["BENCH_DATABASE"]), "CONN_MAX_AGE": 60}},
    )  # fmt: skip

import django
from django.core.wsgi import get_wsgi_application

django.setup()
application = get_wsgi_application()
