"""Online booking: the clinic's rules, the words of its messages, the links by which a patient comes back."""
