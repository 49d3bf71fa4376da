"""Addresses of the bare worker: a day of the calendar by one statement, as JSON; a stream that only shows that it lives."""

import queue
from collections.abc import Iterator

from django.db import connection
from django.http import HttpRequest, JsonResponse, StreamingHttpResponse
from django.urls import path

DAY = """
SELECT a.id, a.starts_at, a.ends_at, a.state, a.comment, a.version, a.chair_id, a.doctor_id, a.patient_id, p.last_name,
    p.first_name, p.middle_name, p.phone, d.last_name, c.name, t.name
FROM scheduling_appointment a JOIN patients_patient p ON p.id = a.patient_id JOIN clinic_staff d ON d.id = a.doctor_id
JOIN clinic_chair c ON c.id = a.chair_id LEFT JOIN scheduling_visittype t ON t.id = a.visit_type_id
WHERE a.branch_id = %s AND a.starts_at >= %s AND a.starts_at < %s ORDER BY a.starts_at, a.id
"""


def day(request: HttpRequest) -> JsonResponse:
    with connection.cursor() as cursor:
        cursor.execute(DAY, [request.GET["branch"], request.GET["from"], request.GET["to"]])
        names = [column.name for column in cursor.description]
        return JsonResponse({"results": [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]})


def stream(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(signs_of_life(), content_type="text/event-stream")


def signs_of_life() -> Iterator[bytes]:
    line: queue.Queue[None] = queue.Queue(100)
    yield b"data: {}\n\n"
    while True:
        try:
            line.get(timeout=5)
        except queue.Empty:
            yield b"data: {}\n\n"


urlpatterns = [path("day.json", day), path("stream", stream)]
