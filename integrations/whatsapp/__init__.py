"""WhatsApp through a gateway that is paired with the clinic's own phone by a QR picture."""
