// How values are said: levels, grades, dates, waiting times.

export const LEVELS = { initial: "Inicial", primary: "Primaria", secondary: "Secundaria" };

export const GROUPS = { area: "Áreas curriculares", transversal: "Competencias transversales", workshop: "Talleres" };

/** "4.° grado", or for `initial`, where the grade is an age, "4 años". */
export const gradeOf = (level, grade) => (level === "initial" ? `${grade} años` : `${grade}.° grado`);

const day = new Intl.DateTimeFormat("es-PE", { dateStyle: "long", timeZone: "America/Lima" });
const moment = new Intl.DateTimeFormat("es-PE", { dateStyle: "long", timeStyle: "short", timeZone: "America/Lima" });

/** A date (`2026-11-23`) or a moment as a day in Lima. */
export const sayDay = (iso) => day.format(new Date(iso.length === 10 ? `${iso}T12:00-05:00` : iso));

export const sayMoment = (iso) => moment.format(new Date(iso)).replace(/\s([ap])\.\s?m\./, "\u00a0$1.\u00a0m."); // kept on one line

/** A number with a space between the thousands, as the metric system writes it. */
export const sayNumber = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, "\u00a0");

/** Seconds as a person would say them: "40 segundos", "15 minutos", "2 horas". */
export function sayWait(seconds) {
  if (seconds < 60) return `${seconds} segundos`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 90) return minutes === 1 ? "un minuto" : `${minutes} minutos`;
  return `${Math.ceil(minutes / 60)} horas`;
}

const clock = new Intl.DateTimeFormat("es-PE", { timeStyle: "short" });
const NEAR = 60_000; // milliseconds: the answer took a moment to come

/** When a wait of so many seconds ends: "en 15 minutos: a las 10:30 a. m.", or "a medianoche." where it ends then. */
export function sayWhen(seconds) {
  const end = new Date(Date.now() + seconds * 1000);
  const midnight = new Date(end.getTime() + NEAR);
  midnight.setHours(0, 0, 0, 0);
  if (Math.abs(end - midnight) < NEAR) return "a medianoche.";
  return `en ${sayWait(seconds)}: a las ${clock.format(end)}`;
}
