"""E-mail addresses and telephone numbers: which are accepted, where messages go, and how they are shown to others."""

import re
from typing import NamedTuple

LONGEST_EMAIL = 254
"""Characters (RFC 5321, 4.5.3.1.3, less the angle brackets)."""

PHONE = re.compile(r"\+?[0-9][0-9 ]{5,18}")
PERUVIAN_MOBILE = r"(?:\+?51)?(9[0-9]{8})"
MOBILE = re.compile(rf"{PERUVIAN_MOBILE}|\+[1-9][0-9]{{7,14}}")
"""A number that takes an SMS, without spaces: a Peruvian mobile, or any international number after a plus (E.164)."""
# The form that HTML's <input type="email"> takes (WHATWG HTML, "valid e-mail address"), with a dotted domain and
# without `=?`: where an encoded word (RFC 2047) begins, the header of an e-mail reads another address.
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
EMAIL = re.compile(rf"(?!.*=\?)[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})+")


def mask_email(email: str | None) -> str | None:
    """An address of which only its owner recognises the rest: `ana@example.com` as `a…@example.com`; None for none."""
    if email is None:
        return None
    name, _, domain = email.partition("@")
    return f"{name[:1]}…@{domain}"


EMAIL_CHANNEL, SMS_CHANNEL = "email", "sms"
"""The ways by which a confirmation code travels."""


class Destination(NamedTuple):
    """Where the messages to one person go."""

    channel: str
    """`email` or `sms`."""
    address: str
    """An e-mail address, or a telephone number after a plus (E.164)."""

    @property
    def masked(self) -> str:
        """The address as only its owner recognises it: `r…@e….com`, or the last three digits of a telephone."""
        if self.channel == SMS_CHANNEL:
            return f"…{self.address[-3:]}"
        name, _, domain = self.address.partition("@")
        return f"{name[:1]}…@{domain[:1]}….{domain.rpartition('.')[2]}"


class Contact(NamedTuple):
    """The contact on record: how the people registry can reach a person. Each of its two may be missing."""

    email: str | None
    phone: str | None

    @property
    def destination(self) -> Destination | None:
        """The e-mail address where there is one, else the telephone; None without either."""
        if self.email:
            return Destination(EMAIL_CHANNEL, self.email)
        return Destination(SMS_CHANNEL, international(self.phone)) if self.phone else None


def international(phone: str) -> str:
    """A mobile number of the form `MOBILE` after a plus and its country's number: `987654321` as `+51987654321`."""
    digits = phone.replace(" ", "")
    peruvian = re.fullmatch(PERUVIAN_MOBILE, digits)
    return f"+51{peruvian[1]}" if peruvian else digits
