"""The words that an attestation of version 1 or 2 names by their place instead of spelling them.

A place means the same for as long as an attestation is checked: nothing here is ever changed, moved or added. New words
are a new version. docs/attestation.md prints these lists for everybody else, and a test holds it to them.
"""

from constancia.curriculum import GROUPS

AREA, TRANSVERSAL = range(2)
"""Places in `constancia.curriculum.GROUPS`."""

AREAS = (
    "ARTE",
    "ARTE Y CULTURA",
    "CASTELLANO COMO SEGUNDA LENGUA",
    "CIENCIA, TECNOLOGÍA Y AMBIENTE",
    "CIENCIA Y AMBIENTE",
    "CIENCIA Y TECNOLOGÍA",
    "CIENCIAS SOCIALES",
    "COMUNICACIÓN",
    "COMUNICACIÓN EN LENGUA MATERNA",
    "DESARROLLO PERSONAL, CIUDADANÍA Y CÍVICA",
    "DESCUBRIMIENTO DEL MUNDO",
    "EDUCACIÓN FÍSICA",
    "EDUCACIÓN PARA EL TRABAJO",
    "EDUCACIÓN RELIGIOSA",
    "FORMACIÓN CIUDADANA Y CÍVICA",
    "HISTORIA, GEOGRAFÍA Y ECONOMÍA",
    "INGLÉS",
    "INGLÉS COMO LENGUA EXTRANJERA",
    "LENGUA ORIGINARIA",
    "MATEMÁTICA",
    "PERSONA, FAMILIA Y RELACIONES HUMANAS",
    "PERSONAL SOCIAL",
    "PSICOMOTRIZ",
)
COMPETENCES = (
    "GESTIONA SU APRENDIZAJE DE MANERA AUTÓNOMA",
    "SE DESENVUELVE EN ENTORNOS VIRTUALES GENERADOS POR LAS TIC",
)
ROWS = tuple((GROUPS[group], name) for group, names in ((AREA, AREAS), (TRANSVERSAL, COMPETENCES)) for name in names)
"""The rows known in advance, each with its group, in the order in which transcripts have them."""

STATUSES = (
    "PROMOVIDO",
    "APROBADO",
    "PROMOCIÓN GUIADA",
    "DESAPROBADO",
    "REQUIERE RECUPERACIÓN PEDAGÓGICA",
    "PERMANECE EN EL GRADO",
    "POSTERGACIÓN DE EVALUACIÓN",
    "RETIRADO",
    "TRASLADADO",
    "FALLECIDO",
    "",
)
"""The final statuses known in advance; a record may have none."""

MARKS: tuple[str | None, ...] = (
    None,
    "AD",
    "A",
    "B",
    "C",
    "EXO",
    *map(str, range(20, 9, -1)),
    *(f"0{digit}" for digit in range(9, -1, -1)),
    *(str(digit) for digit in range(9, -1, -1)),
)
"""All marks there are, a missing one first."""

WORDS = (
    *(
        "TALLER",
        "TALLERES",
        "DE",
        "DEL",
        "LA",
        "LAS",
        "LOS",
        "EL",
        "EN",
        "Y",
        "A",
        "CON",
        "PARA",
        "POR",
        "COMO",
        "ÁREA",
    ),
    *("ARTE", "ARTES", "CULTURA", "CIENCIA", "CIENCIAS", "TECNOLOGÍA", "AMBIENTE", "SOCIALES", "SOCIAL"),
    *("PERSONAL", "COMUNICACIÓN", "LENGUA", "MATERNA", "SEGUNDA", "EXTRANJERA", "ORIGINARIA", "CASTELLANO", "QUECHUA"),
    *("INGLÉS", "DESARROLLO", "PERSONAL,", "PERSONA,", "FAMILIA", "RELACIONES", "HUMANAS", "CIUDADANÍA", "CIUDADANA"),
    *("CÍVICA", "EDUCACIÓN", "FÍSICA", "RELIGIOSA", "TRABAJO", "FORMACIÓN", "HISTORIA,", "GEOGRAFÍA", "ECONOMÍA"),
    *("MATEMÁTICA", "PSICOMOTRIZ", "DANZA", "MÚSICA", "TEATRO", "DEPORTE", "COMPUTACIÓN", "INFORMÁTICA", "ROBÓTICA"),
    *("RAZONAMIENTO", "MATEMÁTICO", "VERBAL"),
)
"""64 words that names of rows are made of. In a packed name each is one byte."""
