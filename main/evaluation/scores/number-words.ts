/** Spelled-out numbers from 0 to 5 in the languages judges use. German `null` is excluded: it is JSON's null. */
const spelled: Readonly<Record<string, number>> = {
  ...numbered(['zero', 'one', 'two', 'three', 'four', 'five']),
  ...numbered(['', 'eins', 'zwei', 'drei', 'vier', 'fünf']),
  ...numbered(['zéro', 'un', 'deux', 'trois', 'quatre', 'cinq']),
  ...numbered(['cero', 'uno', 'dos', 'tres', 'cuatro', 'cinco']),
  ...numbered(['', '', 'due', 'tre', 'quattro', 'cinque']),
  ...numbered(['', 'um', 'dois', 'três', 'quatro']),
  ...numbered(['零', '一', '二', '三', '四', '五']),
  anderthalb: 1.5,
  eineinhalb: 1.5,
  zweieinhalb: 2.5,
  dreieinhalb: 3.5,
  viereinhalb: 4.5,
  两: 2,
}

/** Spelled-out numbers that can be the top of a scale. */
const tops: Readonly<Record<string, number>> = {
  ...spelled,
  ...{ ten: 10, zehn: 10, dix: 10, diez: 10, dieci: 10, dez: 10, 十: 10 },
  ...{ six: 6, seven: 7, eight: 8, nine: 9, twenty: 20, hundred: 100, hundert: 100, cent: 100, cien: 100, cento: 100, cem: 100 },
}

function numbered(words: readonly string[]): Record<string, number> {
  return Object.fromEntries(words.flatMap((word, value) => (word === '' ? [] : [[word, value]])))
}

const longestFirst = (words: Readonly<Record<string, number>>): string =>
  Object.keys(words)
    .sort((x, y) => y.length - x.length)
    .join('|')

/** Patterns, to be put in a group, and the values of their matches. */
export const spelledPattern = longestFirst(spelled)
export const topPattern = longestFirst(tops)
export const spelledValue = (word: string): number => spelled[word.toLowerCase()]
export const topValue = (text: string): number => tops[text.toLowerCase()] ?? Number(text.replace(',', '.'))
