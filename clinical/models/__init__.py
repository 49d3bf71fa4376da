"""What doctors write of a patient.

**Chart.** A tooth has any number of diagnoses at once; a tooth of None is the whole mouth. A diagnosis is never
erased: «remove» closes it with a date, so the chart of any past day can be drawn (CLN-06). Beside diagnoses stand
marks of the formula by the letters of form 043/у (filled, crown, absent…), dated and closed in the same way.

**Treatment plan.** Lines of services for teeth, in phases, numbered 1, 2, 3… for each patient (CLN-14). Only a draft
is changed; approval freezes the prices of its day (CLN-15), and nothing is invoiced before it (CLN-16). A line's
state (planned, in work, done) is the one truth that invoices, payroll and stock listen to (CLN-40).

**Chain.** The visits of a plan that were booked together (MOON-02); what became of each is told by the calendar.
"""

from clinical.models.chains import Chain, ChainVisit
from clinical.models.chart import FavouriteDiagnosis, ToothDiagnosis, ToothMark, ToothQuerySet
from clinical.models.plans import LineState, PlanLine, PlanLineQuerySet, PlanStatus, TreatmentPlan

__all__ = [
    "Chain",
    "ChainVisit",
    "FavouriteDiagnosis",
    "LineState",
    "PlanLine",
    "PlanLineQuerySet",
    "PlanStatus",
    "ToothDiagnosis",
    "ToothMark",
    "ToothQuerySet",
    "TreatmentPlan",
]
