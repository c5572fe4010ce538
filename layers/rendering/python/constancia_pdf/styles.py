"""The colours of a certificate and the styles in which its texts are set."""

from constancia_pdf.typeface import Style

INK = (0.1, 0.1, 0.12)
GREY = (0.34, 0.35, 0.37)
WHITE = (1.0, 1.0, 1.0)
RED = (0.8, 0.06, 0.12)
HAIRLINE = (0.72, 0.73, 0.75)
TINT = (0.93, 0.93, 0.94)


class Styles:
    """The styles by the part of the page that they set; none is smaller than 7 points."""

    COUNTRY = Style(True, 15, WHITE)
    MINISTRY = Style(True, 9, WHITE)
    TITLE = Style(True, 15, INK)
    SUBTITLE = Style(True, 10, GREY)
    LABEL = Style(False, 7, GREY)
    CODE = Style(True, 14, INK)
    ISSUER = Style(True, 10, INK)
    BODY = Style(False, 9.5, INK)
    NAME = Style(True, 14, INK)
    NAME_AGAIN = Style(True, 10, INK)
    HEAD = Style(True, 8, INK)
    HEAD_LABEL = Style(False, 8, GREY)
    SCHOOL = Style(False, 7, INK)
    GROUP = Style(True, 7.5, GREY)
    ROW = Style(False, 8, INK)
    MARK = Style(True, 8, INK)
    STATUS_LABEL = Style(True, 8, INK)
    STATUS = Style(False, 8, INK)
    NOTE_HEAD = Style(True, 7.5, GREY)
    NOTE = Style(False, 7.5, INK)
    SMALL = Style(False, 7, GREY)
    WEB_ADDRESS = Style(True, 7.5, INK)
    SERIAL = Style(True, 10.5, INK)
