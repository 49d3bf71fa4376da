"""Tools of the tests of cards."""

import pytest
from django.db import connection


class Database:
    """Reads plans of statements."""

    def plan_of(self, sql: str) -> str:
        with connection.cursor() as cursor:
            cursor.execute(sql if sql.startswith("EXPLAIN") else f"EXPLAIN {sql}")
            return "\n".join(str(row[0]) for row in cursor.fetchall())


@pytest.fixture
def database():
    return Database()


@pytest.fixture
def api(client):
    """Asks the REST API as a user: api(user).get("patients/")."""
    return lambda user: Api(client, user)


class Api:
    def __init__(self, client, user) -> None:
        client.logout()
        client.force_login(user)
        self.client = client

    def get(self, path, **params):
        return self.client.get(f"/api/v1/{path}", params)

    def post(self, path, body=None, **headers):
        return self.client.post(f"/api/v1/{path}", body or {}, content_type="application/json", headers=headers)

    def patch(self, path, body, **headers):
        return self.client.patch(f"/api/v1/{path}", body, content_type="application/json", headers=headers)

    def delete(self, path):
        return self.client.delete(f"/api/v1/{path}")
