"""How large the clinic is: everything follows from the number of patients."""

from dataclasses import dataclass

CHAIRS = 12  # of a branch
DOCTORS = 24  # of a branch: two a chair and day
VISITS_A_CHAIR = 5
A_BRANCH = 100_000  # patients, and as many appointments
SERVICES_A_DIRECTION = 12


@dataclass(frozen=True, slots=True)
class Size:
    """A branch of 12 chairs for each 100,000 patients; each has five years of 60 visits a day."""

    patients: int

    @property
    def branches(self) -> int:
        return max(1, self.patients // A_BRANCH)

    @property
    def of_branch(self) -> int:
        return self.patients // self.branches

    @property
    def visits(self) -> int:
        return self.patients

    @property
    def visits_a_day(self) -> int:
        """Of one branch."""
        return CHAIRS * VISITS_A_CHAIR

    @property
    def days(self) -> int:
        return -(-self.visits // (self.branches * self.visits_a_day))
