"""Signing in as allauth does it, without its sign-up: people are entered by the clinic."""

from allauth.account.adapter import DefaultAccountAdapter


class Adapter(DefaultAccountAdapter):
    """Nobody lets himself in."""

    def is_open_for_signup(self, request):
        return False
