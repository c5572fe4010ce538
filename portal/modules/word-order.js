// Words in order: the lines that they stand in, and which words of a file stand for which ones that were expected.

const SAME_LINE = 2; // points between the baselines of one line: labels and marks differ by less than one

export const phrase = (words) => words.map(({ text }) => text).join(" ");

/** Composed, and without what is not seen, as the service draws it. */
export const clean = (text) => text.normalize("NFC").replace(/[^\P{Cc}\s]|\p{Cf}/gu, "");

export const split = (text) => clean(text).match(/\S+/g) ?? [];

/** Whether two texts say the same: spaces are the file's own, and some programs that print set them elsewhere. */
export const same = (one, other) => one.replace(/\s/g, "") === other.replace(/\s/g, "");

/** Lines from top to bottom, each with its words from left to right. */
export function linesOf(words) {
  const lines = [];
  for (const word of [...words].sort((one, other) => one.down - other.down)) {
    if (lines.length && word.down - lines.at(-1)[0].down <= SAME_LINE) lines.at(-1).push(word);
    else lines.push([word]);
  }
  for (const line of lines) line.sort((one, other) => one.left - other.left);
  return lines;
}

/**
 * For each of `words`, which of the `expected` texts it stands for, such that as few as can be are changed, added or left
 * out: `[{word, place, exact, added}]`. One that was added stands for the text before it, or after it where that is on its line.
 */
export function align(expected, words) {
  const wide = words.length + 1;
  const costs = costsOf(expected, words);
  const found = [];
  let [row, column] = [expected.length, words.length];
  while (column) {
    const [at, word] = [row * wide + column, words[column - 1]];
    const exact = row > 0 && expected[row - 1] === word.text;
    if (row && costs[at] === costs[at - wide - 1] + !exact) {
      row -= 1;
      column -= 1;
      found.unshift({ word, place: row, exact, added: false });
    } else if (row && costs[at] === costs[at - wide] + 1) row -= 1;
    else {
      column -= 1;
      const afterIt = found[0] && onOneLine(found[0].word, word) && !(column && onOneLine(words[column - 1], word));
      found.unshift({ word, place: afterIt ? found[0].place : Math.max(0, row - 1), exact: false, added: true });
    }
  }
  return found;
}

/** The least changes from the first texts to the first words, for each number of both: a row for each number of texts. */
function costsOf(expected, words) {
  const wide = words.length + 1;
  const costs = new Uint16Array((expected.length + 1) * wide);
  for (let row = 0; row <= expected.length; row += 1) {
    for (let column = 0; column < wide; column += 1) {
      const at = row * wide + column;
      if (!row || !column) costs[at] = row + column;
      else costs[at] = Math.min(costs[at - wide - 1] + (expected[row - 1] !== words[column - 1].text), costs[at - wide] + 1, costs[at - 1] + 1);
    }
  }
  return costs;
}

const onOneLine = (one, other) => Math.abs(one.down - other.down) <= SAME_LINE;

/** What `align` found, parted: `belonging` to what was expected, and the `lines` of which every word was added. */
export function withoutAddedLines(aligned) {
  const known = aligned.filter(({ added }) => !added).map(({ word }) => word);
  const strange = ({ word, added }) => added && !known.some((one) => onOneLine(one, word));
  return { belonging: aligned.filter((one) => !strange(one)), lines: linesOf(aligned.filter(strange).map(({ word }) => word)) };
}
