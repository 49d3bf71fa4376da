"""The limits that are Django itself: the least that a view, a template and a worker can be."""

from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import Context, Engine
from django.test import Client
from django.test.client import ClientHandler
from django.urls import path

DIGITS = (
    "SELECT id, card_number, last_name, first_name, middle_name, phone FROM patients_patient"
    " WHERE search_digits LIKE %s AND deleted_at IS NULL AND merged_into_id IS NULL ORDER BY sort_key, id LIMIT 20"
)
# What any calendar must show of a visit.
COLUMNS = (
    "id", "starts_at", "ends_at", "state", "comment", "version", "chair_id", "doctor_id", "patient_id",
    "patient__last_name", "patient__first_name", "patient__middle_name", "patient__phone", "doctor__last_name",
    "chair__name", "visit_type__name",
)  # fmt: skip
ROWS = """<!doctype html><html><head><title>{{ day }}</title></head><body><table>
{% for row in rows %}<tr class="{{ row.state }}"><td>{{ row.starts_at|date:"H:i" }}</td><td>{{ row.ends_at|date:"H:i" }}</td>
<td><a href="/patients/{{ row.patient_id }}/">{{ row.patient__last_name }} {{ row.patient__first_name }}
{{ row.patient__middle_name }}</a></td><td>{{ row.patient__phone }}</td><td>{{ row.doctor__last_name }}</td>
<td>{{ row.chair__name }}</td><td>{{ row.visit_type__name|default:"" }}</td><td>{{ row.comment }}</td></tr>
{% endfor %}</table></body></html>"""


def rows_of(request: HttpRequest) -> list[dict[str, Any]]:
    from scheduling.models import Appointment

    found = Appointment.objects.filter(
        branch_id=request.GET["branch"], starts_at__gte=request.GET["from"], starts_at__lt=request.GET["to"]
    )
    return list(found.order_by("starts_at", "pk").values(*COLUMNS))


def day_json(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"results": rows_of(request)})


def day_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(TEMPLATE.render(Context({"rows": rows_of(request), "day": request.GET["from"]})))


def digits(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute(DIGITS, [f"%{request.GET['search']}%"])
        return JsonResponse({"results": cursor.fetchall()})


TEMPLATE = Engine(autoescape=True).from_string(ROWS)
urlpatterns = [path("day.json", day_json), path("day", day_page), path("digits", digits)]


def own_addresses(get_response: Any) -> Any:
    def middleware(request: HttpRequest) -> HttpResponse:
        request.urlconf = "benchmarks.bare"
        return get_response(request)

    return middleware


class BareHandler(ClientHandler):
    """Nothing between the request and the view."""

    def load_middleware(self, *args: Any, **kwargs: Any) -> None:
        kept, settings.MIDDLEWARE = settings.MIDDLEWARE, ["benchmarks.bare.own_addresses"]
        try:
            super().load_middleware(*args, **kwargs)
        finally:
            settings.MIDDLEWARE = kept


class BareClient(Client):
    def __init__(self) -> None:
        super().__init__(SERVER_NAME="localhost")
        self.handler = BareHandler()
