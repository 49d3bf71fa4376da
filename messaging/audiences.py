"""The lists from whose filters a mailing can be made: the apps that have them say how a row leads to a patient."""

from core.slots import Slot

# {"patients": "pk", "appointments": "patient_id"}: slug of a listing to the path of the patient's id.
AUDIENCES: Slot[dict[str, str]] = Slot("messaging.audiences")
