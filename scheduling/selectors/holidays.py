"""Public holidays of the clinic's country."""

from datetime import date

from holidays import country_holidays

from scheduling.policies import HOLIDAY_COUNTRY


def holidays_between(first: date, last: date) -> set[date]:
    """Days on which the country rests; none where the clinic has said so. Days moved by the year's decree included."""
    country = HOLIDAY_COUNTRY.get()
    if not country:
        return set()
    return {day for day in country_holidays(country, years=range(first.year, last.year + 1)) if first <= day <= last}
