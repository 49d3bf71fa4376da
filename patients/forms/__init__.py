"""Shape and type of what is typed on cards; rules are the services'."""

from patients.forms.cards import GROUPS, CardForm, GroupForm, NewPatientForm, facts_of

__all__ = ["GROUPS", "CardForm", "GroupForm", "NewPatientForm", "facts_of"]
