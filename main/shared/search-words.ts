/** A word, or several in quotes, as a user writes them in a search field. */
const parts = /"([^"]*)"|(\S+)/gu

/** Letters and digits: what the index has words of. */
const hasWord = /[\p{L}\p{N}]/u

/** The words and phrases of a search, in lower case. */
export const wordsIn = (text: string): string[] =>
  [...text.matchAll(parts)]
    .map(([, phrase, word]) => (phrase ?? word).replace(/\*$/, '').trim().toLowerCase())
    .filter((part) => hasWord.test(part))

/**
 * A search as an FTS5 expression: all words and quoted phrases must occur, and a word that ends in * is the beginning of one. Nothing else
 * has a meaning, so no input is a syntax error. Null: there is nothing to look for.
 */
export function matchOf(text: string): string | null {
  const terms = [...text.matchAll(parts)].flatMap(([, phrase, word]) => {
    const term = phrase ?? word
    if (!hasWord.test(term)) return []
    const isBeginning = phrase === undefined && term.endsWith('*')
    return [`${quoted(isBeginning ? term.slice(0, -1) : term)}${isBeginning ? ' *' : ''}`]
  })
  return terms.length === 0 ? null : terms.join(' AND ')
}

/** Documents whose prompt contains a text's first words, in order; null: it has none. */
export function promptMatch(text: string): string | null {
  const words = text.match(/[\p{L}\p{N}]+/gu)?.slice(0, 16) ?? []
  return words.length === 0 ? null : `prompt : ${quoted(words.join(' '))}`
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
