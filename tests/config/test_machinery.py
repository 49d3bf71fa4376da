"""The real processes that other tests lean on: web servers, worker, browser; and that rows go away after a test."""

import urllib.request

import pytest
from django.contrib.auth import get_user_model
from django.db import connection

from config.celery import app


def get(url: str) -> tuple[int, bytes]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.status, answer.read()


@pytest.mark.django_db(transaction=True)
def test_a_committed_row_is_there_in_its_own_test():
    get_user_model().objects.create(username="committed")
    assert get_user_model().objects.filter(username="committed").exists()


@pytest.mark.django_db(transaction=True)
def test_and_gone_in_the_next_while_reference_data_stay():
    assert not get_user_model().objects.filter(username="committed").exists()
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from auth_permission")
        assert cursor.fetchone()[0] > 0


@pytest.mark.django_db
def test_the_program_owns_nothing_and_is_no_superuser():
    with connection.cursor() as cursor:
        cursor.execute("select rolsuper or rolbypassrls or rolcreaterole from pg_roles where rolname = current_user")
        assert cursor.fetchone() == (False,)
        cursor.execute("select count(*) from pg_class where pg_get_userbyid(relowner) = current_user")
        assert cursor.fetchone() == (0,)


@pytest.mark.slow
def test_two_web_servers_share_one_database(web2):
    assert len(set(web2)) == 2
    for url in web2:
        assert get(f"{url}/healthz") == (200, b'{"status": "ok"}')


@pytest.mark.slow
def test_a_real_worker_answers(worker):
    assert app.control.ping(timeout=1)


@pytest.mark.browser
@pytest.mark.slow
def test_the_browser_sees_the_sign_in_page(web, page, director):
    page.goto(f"{web}/accounts/login/")
    assert page.locator("input[type=password]").count() == 1
    assert page.errors == []
