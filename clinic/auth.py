"""Who is asking: users come with their rights in one statement, by session or by token."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

from clinic.models import User
from clinic.selectors import user_loaded, user_of_token


class Backend(AuthenticationBackend):
    """Sign-in as allauth does it; a user that cannot sign in any more is nobody at once."""

    def get_user(self, user_id: Any) -> User | None:
        user = user_loaded(user_id)
        return user if user and user.is_active else None


class Token(TokenAuthentication):
    def authenticate_credentials(self, key: str) -> tuple[User, Any]:
        user = user_of_token(key)
        if user is None:
            raise AuthenticationFailed
        return user, key
