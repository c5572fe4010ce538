// Who may ask, and for what (rules 1 and 4): told at the step where it is known. The service judges all of it again.

const ADULT = 18;
const MAY_ASK = 16; // years
const EARLIEST = "1900-01-01";
const LIMA = 5 * 3_600_000; // milliseconds behind UTC, all year

/** The calendar day in Lima as an ISO date. A device's clock that is far off would not have opened a page over TLS. */
const today = () => new Date(Date.now() - LIMA).toISOString().slice(0, 10);

/** Completed years; who was born on 29 February turns older on the 28th in other years. */
function ageOf(born) {
  const now = today();
  const year = Number(now.slice(0, 4));
  const leap = new Date(Date.UTC(year, 1, 29)).getUTCDate() === 29;
  const birthday = born.endsWith("-02-29") && !leap ? "02-28" : born.slice(5);
  return year - Number(born.slice(0, 4)) - (now.slice(5) < birthday ? 1 : 0);
}

/** An address needs a domain with a dot; HTML's own check does not ask for one. */
const hasNoEnding = (email) => email !== undefined && !/@[^@]+\.[^.@]+$/.test(email);

const isOutOfRange = (born) => born < EARLIEST || born > today();
const FIX_DATE = "Si la fecha está mal escrita, corrígela aquí abajo.";
const BY_ADULT = { kind: "guardian", label: "Seguir con los datos de mamá, papá o apoderado" };

/** What is wrong with an answer of the right form, by field; `answers` are all that were given. */
const MISTAKES = {
  "applicant.birth_date": ({ applicant }) => isOutOfRange(applicant.birth_date) && "Tu fecha de nacimiento tiene que estar entre 1900 y hoy. Revisa el año",
  "student.birth_date": ({ student }) => isOutOfRange(student.birth_date) && "La fecha de nacimiento del estudiante tiene que estar entre 1900 y hoy. Revisa el año",
  "contact.email": ({ contact }) => hasNoEnding(contact.email) && "Al correo le falta el final, como «.com». Por ejemplo: nombre@ejemplo.com",
  "student.document_number": ({ applicant, student }) => applicant.document_number === student.document_number && "Es el mismo DNI que escribiste en «Tus datos». Escribe el del estudiante",
};

/** Why nobody could be issued a certificate, by the field that shows it: words, and who could ask instead. */
const REFUSALS = {
  "applicant.birth_date"({ applicant }) {
    const age = ageOf(applicant.birth_date);
    if (applicant.kind === "student") {
      return age < MAY_ASK && {
        title: "Todavía no puedes pedirla por tu cuenta",
        sentences: ["Podrás desde los 16 años. Hasta entonces la pide tu mamá, tu papá o tu apoderado. Puede seguir aquí mismo con sus datos: los tuyos ya quedan escritos.", FIX_DATE],
        instead: BY_ADULT,
      };
    }
    if (age >= ADULT) return undefined;
    return {
      title: "Para pedir la de otra persona tienes que ser mayor de edad",
      sentences: [age < MAY_ASK ? "¿La constancia es tuya? La pide tu mamá, tu papá o tu apoderado. Puede seguir aquí mismo con sus datos: los tuyos ya quedan escritos."
        : "¿La constancia es tuya? Tienes 16 años o más: puedes pedirla a título personal.", FIX_DATE],
      instead: age < MAY_ASK ? BY_ADULT : { kind: "student", label: "Sí, la constancia es mía" },
    };
  },
  "student.birth_date": ({ student }) => ageOf(student.birth_date) >= ADULT && {
    title: "Tiene que pedirla el propio estudiante",
    sentences: ["Ya cumplió 18 años. Si tú eres el estudiante, sigue a título personal: lo que escribiste aquí ya queda escrito. Si no, pídele que la solicite con su DNI.", FIX_DATE],
    instead: { kind: "student", label: "Soy el estudiante" },
  },
  modality: ({ modality }) => modality !== "EBR" && {
    title: "Esta constancia es solo de Educación Básica Regular (EBR)",
    sentences: [modality === "EBA" ? "De Educación Básica Alternativa se pide el certificado de estudios, en tu centro (CEBA) o en la UGEL."
      : "De Educación Básica Especial se pide el certificado de estudios, en tu centro (CEBE) o en la UGEL.",
    "La UGEL es la oficina de educación de tu zona. Si también estudió en EBR, elígela aquí abajo."],
  },
};

/** The message for the answer to `field`, which is of the right form; undefined when nothing is wrong with it. */
export const mistakeIn = (field, answers) => MISTAKES[field]?.(answers) || undefined;

/** Why the answer to `field`, which is right in itself, can lead to no certificate; undefined when it can. */
export const refusalOf = (field, answers) => REFUSALS[field]?.(answers) || undefined;
