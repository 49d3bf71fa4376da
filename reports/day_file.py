"""The close of the day as a workbook."""

import io

from django.utils.translation import gettext as _
from openpyxl import Workbook

from core.export import cells, safe
from reports.day import DaySet

FORBIDDEN = str.maketrans("[]:*?/\\", "       ")


def workbook(found: DaySet) -> bytes:
    """One sheet of figures and a sheet a report; numbers stay numbers."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Figures"))
    sheet.append([safe(str(found.branch)), found.day])
    for section in found.sections:
        sheet.append([])
        sheet.append([str(section.title)])
        for figure in section.figures:
            sheet.append([str(figure.label), figure.value])
    for desk in found.desks:
        sheet.append([])
        sheet.append([safe(str(desk.desk))])
        for label, value in (
            (_("At the start of the day"), desk.before), (_("Cash in"), desk.came), (_("Cash out"), -desk.went),
            (_("At the end of the day"), desk.after),
        ):  # fmt: skip
            sheet.append([label, value])
    for section in found.sections:
        rows = book.create_sheet(str(section.report.title)[:31].translate(FORBIDDEN))
        rows.append([str(column.label) for column in section.report.chosen])
        for batch in cells(section.report):
            for row in batch:
                rows.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
