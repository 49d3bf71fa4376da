"""Fixtures of the machinery: the database, the real worker and web processes, the browser."""

import os
import sys

import pytest
from django.test import TransactionTestCase

from tests.cast import *  # noqa: F403  the people whom every test knows
from tests.servers import DATABASE


def _reset_instead_of_flush(self):
    """Back to the template's rows in one statement; see seed.sql."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select seed.reset()")


TransactionTestCase._fixture_teardown = _reset_instead_of_flush


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker):
    """A copy of the migrated template for this process, instead of migrating each time."""
    from config import database, embedded

    server = embedded.connect()
    database.database_drop(server, DATABASE)
    with server.cursor() as cursor:
        template = os.environ["TEST_TEMPLATE"]
        cursor.execute(f'create database "{DATABASE}" owner clinic_owner template "{template}" strategy file_copy')
    server.close()
    with django_db_blocker.unblock():
        yield
        from django.db import connections

        connections.close_all()
