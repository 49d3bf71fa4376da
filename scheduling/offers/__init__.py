"""A freed time offered to those who wait: the words of the message, the links, what starts and ends an offer."""
