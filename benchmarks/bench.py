"""What the paths share: who asks, through which doors, and facts about the clinic."""

import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg2
from django.db import connection
from django.test import Client

from benchmarks.bare import BareClient
from benchmarks.data.size import Size
from benchmarks.measure import Act, Line, Watch, line_of
from benchmarks.servers import Servers

ZONE = ZoneInfo("Europe/Moscow")


class Missing(Exception):
    """The path is not there yet; the text says what of it."""


class Refused(Exception):
    """A request that should have worked did not: what was measured would be an error page."""


class Door:
    """The whole program for one user: his token for the API, his session for pages."""

    def __init__(self, username: str) -> None:
        from clinic.models import User
        from clinic.selectors import user_loaded

        row = User.objects.get(username=username)
        self.user = user_loaded(row.pk)
        self.api = Client(SERVER_NAME="localhost", headers={"Authorization": f"Token {row.auth_token.key}"})
        self.pages = Client(SERVER_NAME="localhost")
        self.pages.force_login(row, backend="clinic.auth.Backend")
        self.token = row.auth_token.key

    def get(self, address: str, **query: Any) -> Any:
        return checked(self.api.get(f"/api/v1/{address}", query))

    def post(self, address: str, body: Any, status: int = 201, **headers: str) -> Any:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return checked(
            self.api.post(f"/api/v1/{address}", json.dumps(body), content_type="application/json", headers=given),
            status,
        )

    def page(self, address: str, **query: Any) -> Any:
        return checked(self.pages.get(address, query))


def checked(response: Any, status: int = 200) -> Any:
    if response.status_code == 404 and not getattr(response, "data", None):
        raise Missing(f"{response.request['PATH_INFO']} is not there")
    if response.status_code != status:
        raise Refused(f"{response.request['PATH_INFO']}: {response.status_code} {response.content[:300]!r}")
    return response


@dataclass
class Bench:
    """Made once a run, after the data are ready."""

    servers: Servers
    size: Size
    quick: bool = False
    director: Door = field(init=False)
    reception: Door = field(init=False)
    bare: BareClient = field(init=False)

    def __post_init__(self) -> None:
        self.director, self.reception, self.bare = Door("director"), Door("reception"), BareClient()
        self._raw: Any = None
        owner = self.owner()
        with owner.cursor() as cursor:
            cursor.execute("GRANT SELECT ON ALL TABLES IN SCHEMA bench TO public")
        owner.close()

    def sql(self, statement: str, params: Any = None) -> list[Any]:
        """On the program's own connection, without the ORM."""
        with connection.cursor() as cursor:
            cursor.execute(statement, params)
            return cursor.fetchall() if cursor.description else []

    @property
    def raw(self) -> Any:
        """The driver alone, signed in as the program: what limits that write use."""
        if self._raw is None:
            from config import embedded, state

            self._raw = psycopg2.connect(host=str(state.SOCKETS), user="clinic_app", dbname=embedded.DATABASE)
        return self._raw

    @property
    def watch(self) -> Watch:
        backends = [self.sql("SELECT pg_backend_pid()")[0][0], self.raw.info.backend_pid]
        return Watch(*backends)

    def line(self, name: str, limit_is: str, limit: Act, ours: Act, **options: Any) -> Line:
        return line_of(name, limit_is, limit, ours, self.watch, **options)

    def owner(self) -> Any:
        from config import embedded

        return embedded.connect(embedded.DATABASE)

    def days(self, count: int) -> list[date]:
        """Working days of the past, spread over the years."""
        rows = self.sql("SELECT day FROM bench.day ORDER BY place DESC")
        step = max(1, len(rows) // count)
        return [day for (day,) in rows[1::step]][:count]


def bounds(day: date) -> tuple[datetime, datetime]:
    start = datetime(day.year, day.month, day.day, tzinfo=ZONE)
    return start, start + timedelta(days=1)
