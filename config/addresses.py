"""Turn DATABASE_URL and REDIS_URL into what Django, Celery and redis each want to hear."""

from urllib.parse import parse_qs, quote, unquote, urlsplit

from config.env import WrongSetting


def database(url: str, name: str = "DATABASE_URL") -> dict:
    """Django's settings of one PostgreSQL; the host may also stand in ?host=/folder/of/the/socket."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise WrongSetting(f"{name} must begin with postgresql://")
    if not parts.path.strip("/"):
        raise WrongSetting(f"{name} must name a database, as in postgresql://clinic_app:secret@host/kabinet")
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", "") or parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": query,
    }


def local_database(sockets: str, user: str, name: str) -> str:
    """The address of the embedded server, which listens on a socket only."""
    return f"postgresql://{user}@/{quote(name)}?host={quote(str(sockets), safe='')}"


def redis(url: str, number: int) -> str:
    """The address of database `number` counted from the one that the URL names."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        first = int(parse_qs(parts.query).get("db", ["0"])[0])
        return f"unix://{parts.path}?db={first + number}"
    if parts.scheme in {"redis", "rediss"}:
        first = int(parts.path.strip("/") or 0)
        return parts._replace(path=f"/{first + number}").geturl()
    raise WrongSetting("REDIS_URL must begin with redis://, rediss:// or unix://")


def broker(url: str, number: int) -> str:
    """The same for Celery, which has its own word for a unix socket."""
    address = redis(url, number)
    if address.startswith("unix://"):
        return address.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
    return address
