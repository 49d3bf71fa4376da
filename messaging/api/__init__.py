"""Messages over the API: the log, mailings, triggers, replies."""
