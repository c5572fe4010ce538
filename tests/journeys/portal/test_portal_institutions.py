"""/instituciones/: a list from a spreadsheet becomes answers in a file; nothing is asked twice, nothing is stored."""

import csv
import io
import json
import re

import pytest
from constancia import virtual_code
from playwright.sync_api import Dialog, FilePayload, Locator, Request, Route, expect

from infra.console import institution_lists
from infra.console.services import Local
from infra.local.service import Service
from tests.institution import register
from tests.journeys.citizen import Citizen, request_body
from tests.journeys.portal.conftest import Visit
from tests.journeys.portal.visitor import STUDENT, Visitor, problem

BATCH = "/api/verifications/batch"
WRONG_KEY = f"constancia-5f0c2a91-{'0' * 64}"
NOBODY = "7K9WQ4ZT"
HEADINGS = ["Código virtual", "DNI", "Referencia"]
MANY = 20_000
HEAP = 16 * 1024 * 1024
"""Bytes that the page may keep of so many rows and their answers."""
UNANSWERED = {
    "superseded_on": None,
    "successor_status": None,
    "newer_copy_on": None,
    "annulled_on": None,
    "annulment_reason": None,
    "records_changed_on": None,
}


@pytest.fixture
def key(running: Service) -> str:
    """The key of an institution."""
    return str(register(Local(running.url).call)["key"])


@pytest.fixture(scope="module")
def code(running: Service) -> str:
    """The code of a certificate."""
    return str(Citizen(running.url).obtain(request_body())["virtual_code"])


def saved(rows: list[list[str]], delimiter: str = ";", encoding: str = "utf-8-sig") -> FilePayload:
    """A list as a spreadsheet saves it."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([HEADINGS, *rows])
    return {"name": "postulantes.csv", "mimeType": "text/csv", "buffer": text.getvalue().encode(encoding)}


def choose(tab: Visitor, file: FilePayload) -> None:
    tab.page.get_by_label("Elige el archivo").set_input_files(file)


def key_field(tab: Visitor) -> Locator:
    return tab.page.get_by_label("Clave de la institución")


def begin(tab: Visitor, key: str, file: FilePayload, much: str = "El estado y los requisitos") -> None:
    key_field(tab).fill(key)
    choose(tab, file)
    tab.page.get_by_role("radio", name=much, exact=True).check()
    tab.press("Verificar la lista")


def found(tab: Visitor) -> Locator:
    """What is said of the chosen file."""
    return tab.page.locator("#file-status")


def kept(tab: Visitor, button: str = "Descargar las respuestas") -> list[dict[str, str]]:
    """The rows of the file that the page gives."""
    with tab.page.expect_download() as download:
        tab.press(button)
    name = "respuestas" if "respuestas" in button else "faltan"
    assert download.value.suggested_filename == f"postulantes.{name}.csv"
    content = download.value.path().read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def asked(tab: Visitor) -> list[list[dict[str, str]]]:
    """Collects the questions of each call from now on."""
    calls: list[list[dict[str, str]]] = []

    def collect(request: Request) -> None:
        if request.url.endswith(BATCH):
            calls.append(questions_of(request))

    tab.page.on("request", collect)
    return calls


def questions_of(request: Request) -> list[dict[str, str]]:
    questions: list[dict[str, str]] = json.loads(request.post_data or "")["questions"]
    return questions


def answer_valid(route: Route) -> None:
    """Answers a call as if every certificate were valid."""
    questions = questions_of(route.request)
    answers = [
        {"reference": None, "virtual_code": each["virtual_code"], "status": "valid", **UNANSWERED} for each in questions
    ]
    route.fulfill(json={"answers": answers, "quota_left": 5_000})


def holding(tab: Visitor, times: int | None = None) -> list[Route]:
    """Holds the calls from now on, to be answered later."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    tab.on_api(BATCH, hold, times)
    return held


def cut(route: Route) -> None:
    route.abort("connectionreset")


def come_back(tab: Visitor) -> None:
    """The browser says that the link is back; if it is not, the page waits again."""
    tab.page.evaluate("dispatchEvent(new Event('online'))")


def sees_words(tab: Visitor, text: str | re.Pattern[str]) -> None:
    expect(tab.page.locator("#resultado")).to_contain_text(text)


def test_a_list_from_excel_with_lost_zeros_is_verified_whole_and_its_answers_are_a_file(
    visit: Visit, key: str, code: str
) -> None:
    rows = [[f"{code[:4].lower()}-{code[4:]}", STUDENT.dni, f"postulante; «{n}»"] for n in range(101)]
    rows += [[NOBODY, "1234567", "=HYPERLINK(1)"], ["", "", ""], ["?", STUDENT.dni, "x"], [code, "123456789", "y"]]
    tab = visit().go("/verificar/")
    tab.follow("verificar una lista")
    calls = asked(tab)
    choose(tab, saved(rows))
    expect(found(tab)).to_have_text("«postulantes.csv»: 104 filas. Se pueden verificar 101.")
    tab.sees("3 filas no se pueden verificar")
    for words in (
        "Al DNI le faltan ceros: fila 103.",
        "El código no tiene 8 letras y números: fila 105.",
        "El DNI no tiene 8 dígitos: fila 106.",
        "en la fila 103: 1234567 → 01234567.",
    ):
        expect(tab.page.locator("#findings")).to_contain_text(words)
    assert calls == [], "all of it is told before anything is sent"
    tab.tick("Completar los ceros")
    expect(found(tab)).to_have_text("«postulantes.csv»: 104 filas. Se pueden verificar 102.")
    key_field(tab).fill(key)
    tab.choose("El estado y los requisitos")
    tab.press("Verificar la lista")
    tab.sees("Lista verificada")
    assert [len(questions) for questions in calls] == [100, 2]
    assert calls[1][1] == {"virtual_code": NOBODY, "document_number": "01234567"}
    sees_words(tab, "104 de 104 filas. Hoy te quedan 898 consultas.")
    answers = kept(tab)
    assert [row["fila"] for row in answers] == [str(n) for n in (*range(2, 104), 105, 106)]
    assert (answers[0]["estado"], answers[0]["código virtual"], answers[0]["reglas"]) == ("Válida", code, "2026-1")
    assert {answers[0]["concluyó el nivel"], answers[0]["aprobó los dos últimos grados"]} <= {"sí", "no"}
    assert answers[5]["referencia"] == "postulante; «5»"
    assert (answers[101]["estado"], answers[101]["referencia"]) == ("No encontrada", "'=HYPERLINK(1)")
    assert [row["estado"] for row in answers[102:]] == ["No verificada"] * 2
    assert answers[103]["explicación"] == "El DNI no tiene 8 dígitos."
    assert STUDENT.dni not in json.dumps(answers)


@pytest.mark.parametrize(
    ("delimiter", "encoding"), [(";", "utf-8-sig"), (",", "utf-8"), (";", "cp1252"), ("\t", "utf-16"), ("\t", "utf-8")]
)
def test_a_list_is_read_however_a_spreadsheet_saved_it(visit: Visit, delimiter: str, encoding: str) -> None:
    tab = visit().go("/instituciones/")
    choose(tab, saved([["C2CC6526", "00012345", 'Ñandú, "dos"\nlíneas; y\tmás'], ["", " ", ""]], delimiter, encoding))
    expect(found(tab)).to_have_text("«postulantes.csv»: Una fila, lista para verificar.")


def test_a_list_can_be_dropped_on_the_form_and_another_takes_its_place(visit: Visit) -> None:
    tab = visit().go("/instituciones/")
    for name, rows in (("uno", 1), ("dos", 2)):
        transfer = tab.page.evaluate_handle(
            """([name, text]) => {
              const transfer = new DataTransfer();
              transfer.items.add(new File([text], name, { type: "text/csv" }));
              return transfer;
            }""",
            [name, "codigo,dni\n" + "C2CC6526,71705600\n" * rows],
        )
        tab.page.locator("#list").dispatch_event("drop", {"dataTransfer": transfer})
        expect(found(tab)).to_contain_text(f"«{name}»")
    expect(found(tab)).to_contain_text("2 filas")


def test_columns_and_codes_are_read_as_the_service_and_its_console_read_them(visit: Visit) -> None:
    tab = visit().go("/instituciones/")
    codes = [virtual_code.draw() for _ in range(50)]
    words = [
        *codes,
        *(f" {code[:4].lower()}-{code[4:].lower()} " for code in codes),
        *("OIL12345", "oil1 2345", "C2CC6526", "U2345678", "1234567", "123456789", "", "Ñ2345678", "1.2E+15"),
    ]
    module = "const { readCode, HEADINGS } = await import('/modules/list-file.js');"
    read = tab.page.evaluate(f"async words => {{ {module} return words.map(word => readCode(word) ?? null); }}", words)
    assert read == [virtual_code.read(word) for word in words]
    headings = tab.page.evaluate(f"async () => {{ {module} return HEADINGS; }}")
    assert headings == {name: list(known) for name, known in institution_lists.HEADINGS.items()}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04 and so on", "Es un libro de Excel."),
        (b"", "Falta «código» y «DNI»."),
        ("Código;Nombre\nC2CC6526;Rosa\n".encode(), "Falta «DNI»."),
        ("código,dni\n,\n".encode(), "El archivo no tiene ninguna fila"),
        (b"x" * (10 * 1024 * 1024 + 1), "El archivo es demasiado grande."),
        ("código,dni\nC2CC6526,?\n".encode(), "Ninguna fila de la lista se puede verificar"),
    ],
    ids=["workbook", "empty", "a column missing", "no row", "too large", "no row to ask"],
)
def test_a_file_that_is_no_list_is_told_with_what_to_do(visit: Visit, content: bytes, words: str) -> None:
    tab = visit().go("/instituciones/")
    calls = asked(tab)
    begin(tab, WRONG_KEY, {"name": "lista.csv", "mimeType": "text/csv", "buffer": content})
    expect(tab.summary()).to_be_focused()
    expect(tab.summary().get_by_role("link")).to_contain_text([words])
    assert calls == []


def test_what_is_missing_in_the_form_is_told_at_once(visit: Visit) -> None:
    tab = visit().go("/instituciones/")
    tab.press("Verificar la lista")
    expect(tab.summary().get_by_role("link")).to_have_text(
        ["Escribe la clave de la institución", "Elige el archivo de tu lista", "Elige cuánto necesitas saber"]
    )
    key_field(tab).fill("constancia-5f0c")
    tab.press("Verificar la lista")
    expect(tab.summary()).to_contain_text("Copia la clave entera: empieza con «constancia-»")


def test_the_example_that_is_offered_is_a_list(visit: Visit) -> None:
    tab = visit().go("/instituciones/")
    with tab.page.expect_download() as download:
        tab.follow("Descarga un ejemplo")
    content = download.value.path().read_bytes()
    choose(tab, {"name": "ejemplo.csv", "mimeType": "text/csv", "buffer": content})
    expect(found(tab)).to_have_text("«ejemplo.csv»: 2 filas, listas para verificar.")


def test_a_dropped_link_is_waited_for_and_nothing_is_asked_again_that_was_answered(visit: Visit, code: str) -> None:
    tab = visit().go("/instituciones/")
    outcomes = iter([answer_valid, cut, cut, answer_valid, *[cut] * 6, answer_valid])
    answered: list[dict[str, str]] = []

    def answer(route: Route) -> None:
        outcome = next(outcomes)
        if outcome is answer_valid:
            answered.extend(questions_of(route.request))
        outcome(route)

    tab.on_api(BATCH, answer)
    begin(tab, WRONG_KEY, saved([[code, f"{n:08d}", ""] for n in range(250)]), "El estado")
    for _ in range(2):
        sees_words(tab, "No hay conexión. Seguimos intentando.")
        expect(tab.page.get_by_text("100 de 250 filas.")).to_be_visible()
        come_back(tab)
    sees_words(tab, "200 de 250 filas.")
    while not tab.summary().is_visible():
        come_back(tab)
    expect(tab.summary()).to_be_focused()
    expect(tab.summary()).to_contain_text("No perdiste nada")
    assert tab.axe() == []
    assert len(kept(tab)) == 200, "what came so far can be kept already"
    assert [row["DNI"] for row in kept(tab, "Descargar las que faltan")] == [f"{n:08d}" for n in range(200, 250)]
    tab.press("Continuar")
    tab.sees("Lista verificada")
    assert [question["document_number"] for question in answered] == [f"{n:08d}" for n in range(250)]
    assert len(kept(tab)) == 250


def test_a_list_is_paused_after_the_call_under_way_and_resumed(visit: Visit, code: str) -> None:
    tab = visit().go("/instituciones/")
    held = holding(tab)
    calls = asked(tab)
    begin(tab, WRONG_KEY, saved([[code, f"{n:08d}", ""] for n in range(150)]), "El estado")
    tab.press("Pausar")
    sees_words(tab, "Terminamos la consulta en curso")
    answer_valid(held.pop())
    tab.sees("En pausa")
    expect(tab.page).to_have_title(re.compile("^En pausa - "))
    sees_words(tab, "100 de 150 filas.")
    assert (len(calls), held) == (1, [])
    tab.press("Continuar")
    tab.sees("Verificando la lista")
    expect(tab.page.get_by_role("button", name="Pausar")).to_be_focused()
    answer_valid(held.pop())
    tab.sees("Lista verificada")
    expect(tab.heading("Lista verificada")).to_be_focused()
    assert [len(questions) for questions in calls] == [100, 50]


def test_a_pause_ends_a_wait_for_the_service(visit: Visit, code: str) -> None:
    tab = visit().go("/instituciones/")
    tab.refuses(BATCH, "temporarily_unavailable", times=1, headers={"Retry-After": "90"}, retry_after=90)
    begin(tab, WRONG_KEY, saved([[code, STUDENT.dni, ""]]), "El estado")
    sees_words(tab, "Seguimos intentando: esperamos 2 minutos.")
    tab.press("Pausar")
    tab.sees("En pausa")
    tab.on_api(BATCH, answer_valid)
    tab.press("Continuar")
    tab.sees("Lista verificada")


def test_a_list_that_is_too_fast_for_the_firewall_waits_and_goes_on(visit: Visit, code: str) -> None:
    tab = visit().go("/instituciones/")
    tab.on_api(BATCH, answer_valid)
    tab.refuses(BATCH, "too_many_attempts", times=1, headers={"Retry-After": "300"})
    begin(tab, WRONG_KEY, saved([[code, STUDENT.dni, ""]]), "El estado")
    sees_words(tab, "más rápido de lo que el servicio permite. Seguimos intentando: esperamos 5 minutos.")
    come_back(tab)
    tab.sees("Lista verificada")


def test_a_wrong_key_is_told_at_its_field_and_the_list_goes_on_with_the_right_one(
    visit: Visit, key: str, code: str
) -> None:
    tab = visit().go("/instituciones/")
    begin(tab, WRONG_KEY, saved([[code, STUDENT.dni, ""]]), "El estado")
    expect(tab.summary()).to_be_focused()
    expect(tab.summary().get_by_role("link")).to_contain_text(["La clave de la institución falta, no es correcta"])
    assert tab.axe() == []
    key_field(tab).fill(f"  {key} ")
    tab.press("Verificar la lista")
    tab.sees("Lista verificada")


def test_a_key_that_ends_on_the_way_loses_no_answer(visit: Visit, code: str) -> None:
    tab = visit().go("/instituciones/")
    tab.on_api(BATCH, answer_valid)
    tab.on_api(BATCH, problem("institution_unknown"), times=1)
    tab.on_api(BATCH, answer_valid, times=1)
    calls = asked(tab)
    begin(tab, WRONG_KEY, saved([[code, f"{n:08d}", ""] for n in range(150)]), "El estado")
    expect(tab.summary()).to_be_focused()
    key_field(tab).fill(WRONG_KEY.replace("0" * 64, "1" * 64))
    tab.press("Verificar la lista")
    tab.sees("Lista verificada")
    assert [len(questions) for questions in calls] == [100, 50, 50]
    assert len(kept(tab)) == 150


def test_a_quota_is_used_to_its_end_and_what_is_missing_can_be_kept_for_another_day(
    visit: Visit, running: Service, code: str
) -> None:
    few = register(Local(running.url).call, quota=3)["key"]
    tab = visit().go("/instituciones/")
    begin(tab, few, saved([[code, STUDENT.dni, f"{n}"] for n in range(5)]), "El estado")
    expect(tab.summary()).to_contain_text("Se acabó la cuota de hoy")
    expect(tab.summary()).to_contain_text("Faltan 2 filas.")
    expect(tab.summary()).to_contain_text(re.compile("Podrás continuar (en|a medianoche)"))
    sees_words(tab, "3 de 5 filas. Hoy te quedan 0 consultas.")
    assert [row["referencia"] for row in kept(tab)] == ["0", "1", "2"]
    missing = kept(tab, "Descargar las que faltan")
    assert [(row["código"], row["DNI"], row["referencia"]) for row in missing] == [
        (code, STUDENT.dni, "3"),
        (code, STUDENT.dni, "4"),
    ]
    tab.press("Continuar")
    expect(tab.summary()).to_contain_text("Faltan 2 filas.")


def test_marks_are_in_the_file_and_not_on_the_page(visit: Visit, key: str, code: str) -> None:
    tab = visit().go("/instituciones/")
    begin(tab, key, saved([[code, STUDENT.dni, ""], [NOBODY, STUDENT.dni, ""]]), "El estado y las notas")
    tab.sees("Lista verificada")
    first, second = kept(tab)
    assert (first["estudiante"], first["nivel"]) == ("ROSA CECILIA DEL ROSAL ÑAUPARI", "Primaria")
    assert "MATEMÁTICA: 2016 " in first["notas"]
    assert "2019: 4.° grado, I.E. 1101 SAN JOSÉ, PROMOVIDO" in first["grados"]
    assert second["notas"] == ""
    assert "ROSA" not in tab.page.locator("body").inner_text()


def test_the_states_are_counted_and_one_can_be_looked_at(visit: Visit, key: str, code: str) -> None:
    tab = visit(1280).go("/instituciones/")
    rows = [[code, STUDENT.dni, ""]] * 120 + [[NOBODY, STUDENT.dni, "nadie"]] + [["?", "1", ""]]
    begin(tab, key, saved(rows), "El estado")
    tab.sees("Lista verificada")
    for label in ("Todas: 122", "Válidas: 120", "No encontrada: 1", "No verificada: 1"):
        expect(tab.page.get_by_role("radio", name=label, exact=True)).to_be_visible()
    table = tab.page.get_by_role("table", name="Respuestas")
    expect(table.get_by_role("row")).to_have_count(101)
    expect(table).to_contain_text("Las primeras 100 de 122.")
    tab.choose("No encontrada: 1")
    expect(table.get_by_role("row")).to_have_count(2)
    expect(table.get_by_role("row").last).to_contain_text("nadie")


def test_nothing_of_a_list_is_stored_and_a_page_loaded_again_has_forgotten_the_key(
    visit: Visit, key: str, code: str
) -> None:
    tab = visit().go("/instituciones/")
    begin(tab, key, saved([[code, STUDENT.dni, ""]]), "El estado")
    tab.sees("Lista verificada")
    stored = tab.page.evaluate(
        """async () => [sessionStorage.length, localStorage.length, document.cookie,
          (await indexedDB.databases()).length, (await caches.keys()).length]"""
    )
    assert stored == [0, 0, "", 0, 0]
    kept(tab)
    tab.follow("Verificar otra lista")
    expect(tab.heading("Verificar una lista")).to_be_focused()
    expect(key_field(tab)).to_have_value(key)
    expect(found(tab)).to_be_empty()
    tab.page.reload()
    expect(key_field(tab)).to_be_empty()
    assert key not in tab.page.url


def test_answers_that_are_in_no_file_yet_are_not_left_without_a_question(visit: Visit, key: str, code: str) -> None:
    tab = visit().go("/instituciones/")
    begin(tab, key, saved([[code, STUDENT.dni, ""]]), "El estado")
    tab.sees("Lista verificada")
    asked_to_stay: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked_to_stay.append(dialog.type)
        dialog.dismiss()

    tab.page.on("dialog", stay)
    tab.follow("Verificar otra lista")
    expect(tab.heading("Lista verificada")).to_be_visible()
    assert asked_to_stay == ["beforeunload"]


def test_twenty_thousand_rows_fit_into_a_cheap_laptop(visit: Visit) -> None:
    """Answers of the stubbed service take no time, so what is measured is the page."""
    tab = visit(1280).go("/instituciones/")
    tab.on_api(BATCH, answer_valid)
    session = tab.context.new_cdp_session(tab.page)
    rows = [["C2CC6526", f"{n:08d}", f"postulante {n} de la facultad de ingeniería"] for n in range(MANY)]
    begin(tab, WRONG_KEY, saved(rows), "El estado")
    expect(tab.heading("Lista verificada")).to_be_visible(timeout=60_000)
    assert tab.page.get_by_role("table").get_by_role("row").count() == 101
    session.send("HeapProfiler.collectGarbage")
    usage = session.send("Runtime.getHeapUsage")
    assert usage["usedSize"] + usage["backingStorageSize"] < HEAP
    assert len(kept(tab)) == MANY


def test_a_list_is_verified_with_the_keyboard_alone(visit: Visit, key: str, code: str) -> None:
    tab = visit().go("/instituciones/")
    tab.tabs_to("Clave de la institución")
    tab.page.keyboard.type(key)
    tab.tabs_to("Elige el archivo")
    with tab.page.expect_file_chooser() as chooser:
        tab.page.keyboard.press("Space")
    chooser.value.set_files(saved([[code, STUDENT.dni, ""], [code, "1234567", ""]]))
    expect(found(tab)).to_contain_text("Se pueden verificar 1.")
    tab.tabs_to("Completar los ceros")
    tab.page.keyboard.press("Space")
    expect(found(tab)).to_contain_text("2 filas, listas")
    tab.tabs_to("El estado")
    tab.page.keyboard.press("Space")
    tab.tabs_to("Verificar la lista")
    tab.page.keyboard.press("Enter")
    expect(tab.heading("Lista verificada")).to_be_visible()
    with tab.page.expect_download():
        tab.tabs_to("Descargar las respuestas")
        tab.page.keyboard.press("Enter")
    tab.tabs_to("Todas: 2")
    tab.page.keyboard.press("ArrowDown")
    expect(tab.page.get_by_role("radio", name="Válida: 1")).to_be_checked()


def test_a_module_that_did_not_come_is_told_and_asked_for_again(visit: Visit, code: str) -> None:
    tab = visit().go("/instituciones/")
    tab.page.route("**/modules/list-run.js", lambda route: route.abort())
    begin(tab, WRONG_KEY, saved([[code, STUDENT.dni, ""]]), "El estado")
    expect(tab.summary()).to_contain_text("No pudimos cargar lo que sigue.")
    expect(tab.page.get_by_role("button", name="Verificar la lista")).to_be_enabled()
