"""Tasks, the queue and the chat over the API."""
