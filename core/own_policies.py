"""What a clinic decides about the frame itself: its name, its sign, its currency, how long a quiet session lasts."""

from django.utils.translation import gettext_lazy as _

from core.files import IMAGES, MB, Purpose
from core.policies import Policy

GENERAL = _("General")
SECURITY = _("Security")
CURRENCIES = (
    ("₽", _("Russian rouble, ₽")), ("lei", _("Moldovan leu, lei")), ("₴", _("Hryvnia, ₴")), ("₸", _("Tenge, ₸")),
    ("Br", _("Belarusian rouble, Br")), ("€", _("Euro, €")), ("$", _("Dollar, $")),
)  # fmt: skip
LOGO_FILE = Purpose("core.logo", IMAGES, may_read=lambda user, row: True, max_size=MB)

LOGO = "core.logo"  # the key under which the number of the file is kept

BRAND = Policy(
    "core.brand_name", str, "", _("Name of the clinic"),
    _("Stands in the menu instead of “Kabinet” and on the page of signing in. Empty: Kabinet."), GENERAL,
)  # fmt: skip
OWN_LOGO = Policy(
    "core.own_logo", bool, False, _("Own logo in the menu"),
    _("Shows the picture that is loaded below instead of the sign of the program."), GENERAL,
)  # fmt: skip
CURRENCY = Policy(
    "core.currency", str, "₽", _("Currency"), _("The sign after every sum. Sums themselves are not recomputed."), GENERAL,
    choices=CURRENCIES,
)  # fmt: skip
IDLE_MINUTES = Policy(
    "core.idle_minutes", int, 0, _("Sign out by itself after, minutes"),
    _("When nothing was opened or sent for so long; what is typed is kept on the device. 0 never."), SECURITY,
    minimum=0, maximum=24 * 60, unit=_("min"),
)  # fmt: skip
UNDO_MINUTES = Policy(
    "core.undo_minutes", int, 60, _("Minutes for which a command can be taken back"),
    _("Ctrl+Z takes back the last move, cancellation, bulk or price change, if nobody has worked on it since."), GENERAL,
    minimum=1, maximum=600, unit=_("minutes"),
)  # fmt: skip
