"""Draws the report of a day or a month on one page, each figure beside that of the period before."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from constancia import event_log, lima
from constancia.reporting import wording
from constancia.reporting.reporting import AGE, CORRECTION_OPEN, DAY, HOUR, Report
from constancia.reporting.wording import change, number, value

from constancia_pdf.fonts import FONT_FILES

if TYPE_CHECKING:  # importing fpdf2 takes 0.6 s of processor time, which only a drawn report is worth
    from fpdf import FPDF

INK, SOFT, LINE, PALE = (26, 32, 44), (95, 105, 120), (205, 212, 222), (240, 243, 247)
NOW, BEFORE, ALERT = (20, 83, 136), (176, 190, 205), (176, 42, 24)

LEFT, TOP, WIDTH = 15.0, 14.0, 180.0
"""The margins and the width of the content, in millimetres."""
GAP = 6.0
TALL = 20.0
"""The height of the highest bar over time, in millimetres."""
MOST_BARS = 7
"""The rows of a chart; the last one sums up the rest."""

HEADLINE = (
    event_log.CERTIFICATE_ISSUED,
    event_log.REQUEST_ACCEPTED,
    event_log.CERTIFICATE_VERIFIED,
    event_log.REQUEST_REFUSED,
)
WATCHED = (
    event_log.CERTIFICATE_DOWNLOADED,
    event_log.CERTIFICATE_SUPERSEDED,
    event_log.CERTIFICATE_ANNULLED,
    event_log.VERIFICATION_REFUSED,
    event_log.HISTORY_SHOWN,
    event_log.MAIL_SENT,
    event_log.MAIL_FAILED,
)


def draw_report(report: Report) -> bytes:
    """Draws a report as PDF; the same report always gives the same bytes."""
    from fpdf import FPDF  # noqa: PLC0415  see above

    pdf = FPDF(format="A4")
    pdf.set_creation_date(report.counted_at)
    pdf.set_title(f"Constancias de logros de aprendizaje: {wording.title(report.period).lower()}")
    pdf.set_author("Ministerio de Educación del Perú")
    pdf.set_lang("es-PE")
    pdf.set_auto_page_break(False)
    for style, file in zip(("", "B"), FONT_FILES, strict=True):
        pdf.add_font("Noto", style, file)
    pdf.add_page()
    pdf.c_margin = 0  # text begins where the bars do
    _Page(pdf, report).draw()
    return bytes(pdf.output())


class _Page:
    """Draws a report on one page from the top down."""

    def __init__(self, pdf: "FPDF", report: Report) -> None:
        self.pdf = pdf
        self.report = report
        self.y = TOP

    def draw(self) -> None:
        self.heading()
        self.headline()
        self.over_time()
        third = (WIDTH - 2 * GAP) / 3
        issued = event_log.CERTIFICATE_ISSUED
        self.row(
            (LEFT, third, "Emitidas por nivel", issued, "level"),
            (LEFT + third + GAP, third, "Emitidas por solicitante", issued, "applicant"),
            (LEFT + 2 * (third + GAP), third, "Emitidas por motivo", issued, "purpose"),
        )
        half = (WIDTH - GAP) / 2
        right = LEFT + half + GAP
        left_foot = self.bars(LEFT, half, "Por qué se rechazaron solicitudes", event_log.REQUEST_REFUSED, "reason")
        self.y = right_foot = self.bars(
            right, half, "Qué respondió la verificación", event_log.CERTIFICATE_VERIFIED, "outcome"
        )
        if self.report.figures.divided(CORRECTION_OPEN, AGE):  # kept of days alone
            right_foot = self.bars(right, half, "Correcciones abiertas, desde hace", CORRECTION_OPEN, AGE)
        self.y = max(left_foot, right_foot) + 4
        self.watched()
        self.footing()

    def text(
        self,
        x: float,
        y: float,
        line: str,
        size: float,
        colour: tuple[int, int, int] = INK,
        bold: bool = False,
        width: float = 0,
        align: str = "L",
    ) -> None:
        """One line of text whose top is at `y`; shortened if it is wider than `width`."""
        self.pdf.set_font("Noto", "B" if bold else "", size)
        self.pdf.set_text_color(*colour)
        if width:
            while len(line) > 1 and self.pdf.get_string_width(line) > width:
                line = line[:-2].rstrip() + "…"
        self.pdf.set_xy(x, y)
        self.pdf.cell(width or None, size * 0.48, line, align=align)

    def rule(self, y: float, x: float = LEFT, width: float = WIDTH) -> None:
        self.pdf.set_draw_color(*LINE)
        self.pdf.set_line_width(0.2)
        self.pdf.line(x, y, x + width, y)

    def box(self, x: float, y: float, width: float, height: float, colour: tuple[int, int, int]) -> None:
        self.pdf.set_fill_color(*colour)
        self.pdf.rect(x, y, width, height, style="F")

    def heading(self) -> None:
        self.text(LEFT, self.y, "Ministerio de Educación · Constancias de logros de aprendizaje", 9, SOFT)
        self.text(LEFT, self.y + 6, wording.title(self.report.period), 20, bold=True)
        self.y += 17
        whole = self.report.figures.whole
        if not whole:
            self.box(LEFT, self.y - 1, WIDTH, 6.4, (253, 236, 232))
        standing = wording.standing(self.report)
        if whole:
            standing += f" Se compara con {'el ' if self.report.period.kind == DAY else ''}{self.compared}."
        self.text(LEFT + (0 if whole else 2), self.y, standing, 9, SOFT if whole else ALERT)
        self.y += 9

    @property
    def compared(self) -> str:
        before = self.report.period.before
        return lima.written_day(before.start) if before.kind == DAY else wording.title(before).lower()

    def change(self, now: int, before: int) -> str:
        """The change of a figure; empty while the period has not ended, and where there was none before."""
        return change(now, before) if self.report.figures.whole and before else ""

    def headline(self) -> None:
        width = (WIDTH - 3 * 4) / 4
        for place, name in enumerate(HEADLINE):
            x = LEFT + place * (width + 4)
            now, before = self.report.figures.total(name), self.report.before.total(name)
            self.box(x, self.y, width, 25, PALE)
            self.text(x + 3, self.y + 2.5, wording.EVENTS[name], 8.5, SOFT, width=width - 6)
            self.text(x + 3, self.y + 7.5, number(now), 20, NOW, bold=True, width=width - 6)
            compared = " · ".join(filter(None, (self.change(now, before), f"antes {number(before)}")))
            self.text(x + 3, self.y + 18.5, compared, 8, SOFT, width=width - 6)
        self.y += 25 + GAP

    def over_time(self) -> None:
        """Certificates by hour; of a day with the day before as pale bars behind, of a month also by day."""
        hours = [f"{hour:02d}" for hour in range(24)]
        labels = [str(int(hour)) for hour in hours]
        now, before = ([parted(self.report, HOUR, past).get(hour, 0) for hour in hours] for past in (False, True))
        if self.report.period.kind == DAY:
            self.legend(self.y + 1)
            self.columns(LEFT, WIDTH, "Constancias emitidas por hora", labels, now, before)
        else:
            days = [str(day.day) for day in self.report.period.days]
            by_day = [*self.report.issued_by_day, *[0] * (len(days) - len(self.report.issued_by_day))]
            wide = WIDTH * 0.62
            self.columns(LEFT, wide, "Constancias emitidas por día", days, by_day, [])
            every_third = [label if place % 3 == 0 else "" for place, label in enumerate(labels)]
            self.columns(LEFT + wide + GAP, WIDTH - wide - GAP, "Por hora del día", every_third, now, [])
        self.y += 9 + TALL + 6 + GAP

    def columns(self, x: float, width: float, title: str, labels: list[str], now: list[int], before: list[int]) -> None:
        """A column chart with the figure of its highest column; columns of the period before stand behind, if given."""
        self.text(x, self.y, title, 11, bold=True, width=width)
        foot = self.y + 9 + TALL
        most = max(*now, *before, 1)
        step = width / len(labels)
        self.rule(foot, x, width)
        if not any((*now, *before)):
            self.text(x, self.y + 7, "Ninguna en este período.", 8.5, SOFT)
        peak = max(range(len(now)), key=now.__getitem__)
        for place, label in enumerate(labels):
            left = x + place * step
            if before:
                tall = TALL * before[place] / most
                self.box(left + step * 0.1, foot - tall, step * 0.8, tall, BEFORE)
            tall = TALL * now[place] / most
            self.box(left + step * (0.25 if before else 0.15), foot - tall, step * (0.5 if before else 0.7), tall, NOW)
            if place == peak and now[place]:
                self.text(left - 10, foot - tall - 4, number(now[place]), 8, NOW, bold=True, width=step + 20, align="C")
            self.text(left - 5, foot + 1, label, 7, SOFT, width=step + 10, align="C")

    def legend(self, y: float) -> None:
        label = f"antes ({self.compared})"
        self.pdf.set_font("Noto", "", 8)
        x = LEFT + WIDTH - self.pdf.get_string_width(label) - 2
        self.text(x, y, label, 8, SOFT)
        self.box(x - 4, y + 0.6, 3, 2.4, BEFORE)

    def row(self, *charts: tuple[float, float, str, str, str]) -> None:
        """Bar charts side by side."""
        self.y = max(self.bars(*chart) for chart in charts) + 4

    def bars(self, x: float, width: float, title: str, name: str, by: str) -> float:
        """A bar chart of one figure by a fact; returns the height at which it ends."""
        self.text(x, self.y, title, 11, bold=True, width=width)
        now = self.report.figures.divided(name, by)
        if not now:
            self.text(x, self.y + 7, "Ninguna en este período.", 8.5, SOFT)
            return self.y + 12
        before = self.report.before.divided(name, by)
        rows = list(now.items())
        if len(rows) > MOST_BARS:
            rest = rows[MOST_BARS - 1 :]
            rows = [*rows[: MOST_BARS - 1], ("", sum(n for _, n in rest))]
        most = max(*(n for _, n in rows), *(before.get(code, 0) for code, _ in rows))
        total, y = sum(now.values()), self.y + 7
        for code, n in rows:
            share = f"{round(n * 100 / total)} %"
            label = value(by, code) if code else "Otras razones"
            self.text(x, y, label, 8.5, width=width - 20)
            self.text(x + width - 22, y, number(n), 8.5, bold=True, width=13, align="R")
            self.text(x + width - 8, y, share, 8, SOFT, width=8, align="R")
            self.box(x, y + 4.4, width, 1.6, PALE)
            self.box(x, y + 4.4, max(width * n / most, 0.4), 1.6, NOW)
            if code and before.get(code):
                self.box(x + width * before[code] / most - 0.5, y + 3.9, 0.5, 2.6, SOFT)
            y += 7.4
        return y

    def watched(self) -> None:
        """A table of further figures; failed e-mails stand out."""
        columns = ((LEFT, 75.0, "L"), (LEFT + 75, 25.0, "R"), (LEFT + 100, 55.0, "R"), (LEFT + 155, 25.0, "R"))
        moved = "Cambio" if self.report.figures.whole else ""
        heads: Iterable[str] = ("Además", "Ahora", f"Antes ({self.compared})", moved)
        for (x, width, align), head in zip(columns, heads, strict=True):
            self.text(x, self.y, head, 8.5, SOFT, width=width, align=align)
        self.y += 5.2
        for label, now, before in self.further():
            self.rule(self.y - 0.8)
            alarming = label == wording.EVENTS[event_log.MAIL_FAILED] and now > 0
            cells = (label, number(now), number(before), self.change(now, before))
            for (x, width, align), cell in zip(columns, cells, strict=True):
                self.text(x, self.y, cell, 9, ALERT if alarming else INK, bold=alarming, width=width, align=align)
            self.y += 5.2

    def further(self) -> Iterable[tuple[str, int, int]]:
        """The rows of that table: a name, the figure of now and that of before."""
        figures, past = self.report.figures, self.report.before
        for name in WATCHED:
            yield wording.EVENTS[name], figures.total(name), past.total(name)
            if name == event_log.HISTORY_SHOWN:
                yield wording.BY_INSTITUTIONS, figures.asked_by_institutions, past.asked_by_institutions
        if figures.easy_in_100 is not None:
            yield wording.EASY_IN_100, figures.easy_in_100, past.easy_in_100 or 0

    def footing(self) -> None:
        self.text(
            LEFT,
            284,
            "Cada cifra cuenta entradas del registro de sucesos del servicio, que no tiene datos personales. "
            "La raya gris sobre una barra marca el valor anterior.",
            7.5,
            SOFT,
            width=WIDTH,
        )


def parted(report: Report, by: str, past: bool) -> dict[str, int]:
    """Returns the issued certificates of the period, or of the one before, by the values of a fact."""
    figures = report.before if past else report.figures
    return figures.divided(event_log.CERTIFICATE_ISSUED, by)
