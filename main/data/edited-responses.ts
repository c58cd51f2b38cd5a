import { z } from 'zod'
import { readyCheck } from '../evaluation/checks/checks.ts'
import type { Check } from '../shared/requirement.ts'

/**
 * Responses that a program changes so that they meet a requirement. A small model rarely meets most requirements by itself, and from
 * verdicts that are nearly all No it would learn nothing but No (the idea of Self-Taught Evaluators, Wang et al. 2024: make the answers whose
 * verdict is known).
 */

/** A uniform number in [0, 1), a new one at each call. */
type Draw = () => number

/** Null: it can't be changed so. */
type Edit = (text: string, draw: Draw) => string | null

/** Changes a response so that it meets a requirement. Null if no program can, or if the response meets it already. */
export function editedToMeet(
  response: string,
  check: Check,
  { prompt, draw }: { readonly prompt: string; readonly draw: Draw },
): string | null {
  const { isMet } = readyCheck(check)
  const text = response.trim()
  const edit = Object.hasOwn(edits, check.id) ? edits[check.id](check.args) : null
  if (edit === null || text === '' || isMet(text, prompt)) return null
  const edited = edit(text, draw)
  return edited !== null && isMet(edited, prompt) ? edited : null
}

/** Edits by the check's id. Null: not for these arguments. */
const edits: Readonly<Record<string, (args: Readonly<Record<string, unknown>>) => Edit | null>> = {
  'keywords:existence': withArgs(
    z.object({ keywords: z.array(z.string()) }),
    ({ keywords }) =>
      (text, draw) =>
        withWords(text, (words) =>
          keywords.reduce((all, keyword) => all.toSpliced(Math.floor(draw() * (all.length + 1)), 0, keyword), words),
        ),
  ),
  'keywords:forbidden_words': withArgs(z.object({ forbidden_words: z.array(z.string()) }), ({ forbidden_words }) => {
    const banned = new Set(forbidden_words.map((word) => word.toLowerCase()))
    return (text) => withWords(text, (words) => words.filter((word) => !banned.has(bare(word).toLowerCase())))
  }),
  'laurel:starts_with': withArgs(z.object({ text: z.string() }), ({ text: opening }) => (text, draw) => {
    const separator = draw() < 0.5 && /\w$/.test(opening) ? ', ' : ' '
    return `${opening}${separator}${text[0].toLowerCase()}${text.slice(1)}`
  }),
  'startend:end_checker': withArgs(z.object({ end_phrase: z.string() }), ({ end_phrase }) => (text) => {
    const whole = /^.*[.!?](?=\s|$)/s.exec(text)?.[0] ?? `${text}.`
    return `${whole} ${end_phrase}`
  }),
  'startend:quotation': () => (text) => `"${text.replaceAll('"', '')}"`,
  'change_case:english_lowercase': () => (text) => text.toLowerCase(),
  'change_case:english_capital': () => (text) => text.toUpperCase(),
  'punctuation:no_comma': () => (text) => text.replaceAll(',', ''),
  'length_constraints:number_words': withArgs(z.object({ num_words: z.number(), relation: z.string() }), ({ num_words, relation }) =>
    relation === 'less than' ? (text, draw) => firstWords(text, Math.floor(num_words * (0.4 + 0.5 * draw()))) : null,
  ),
  'detectable_format:number_bullet_lists': withArgs(z.object({ num_bullets: z.number() }), ({ num_bullets }) => (text) => {
    const words = wordsOf(text.replaceAll(/^[*-]\s*/gm, ''))
    const size = Math.ceil(words.length / num_bullets)
    const points = Array.from({ length: num_bullets }, (_, i) => words.slice(i * size, (i + 1) * size).join(' '))
    return points.map((point) => `* ${point}`).join('\n')
  }),
  'detectable_format:title': () => (text, draw) => {
    const words = wordsOf(text)
    const from = Math.floor(draw() * Math.max(1, words.length - 2))
    return `<<${words
      .slice(from, from + 2)
      .map(bare)
      .join(' ')}>>\n\n${text}`
  },
  'detectable_content:postscript': withArgs(z.object({ postscript_marker: z.string() }), ({ postscript_marker }) => (text, draw) => {
    const sentences = text.split(/(?<=[.!?])\s+/)
    return `${text}\n\n${postscript_marker} ${sentences[Math.floor(draw() * sentences.length)]}`
  }),
  'detectable_content:number_placeholders': withArgs(z.object({ num_placeholders: z.number() }), ({ num_placeholders }) =>
    marking(num_placeholders, (word) => `[${word}]`),
  ),
  'detectable_format:number_highlighted_sections': withArgs(z.object({ num_highlights: z.number() }), ({ num_highlights }) =>
    marking(num_highlights, (word) => `*${word}*`),
  ),
}

/** An edit with a requirement's arguments. */
function withArgs<Args>(form: z.ZodType<Args>, edit: (args: Args) => Edit | null) {
  return (args: Readonly<Record<string, unknown>>): Edit | null => {
    const { data } = form.safeParse(args)
    return data === undefined ? null : edit(data)
  }
}

/** Marks this many words, each a different one. */
const marking =
  (count: number, mark: (word: string) => string): Edit =>
  (text, draw) =>
    withWords(text, (words) => {
      const places = words.flatMap((word, i) => (bare(word) === '' ? [] : [i]))
      for (let i = 0; i < count && places.length > 0; i++) {
        const [place] = places.splice(Math.floor(draw() * places.length), 1)
        words[place] = words[place].replace(bare(words[place]), mark)
      }
      return words
    })

const wordsOf = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '')

/** A word without the punctuation around it. */
const bare = (word: string): string => word.replaceAll(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '')

/** Changes the words of a text line by line, so that its lines stay. */
const withWords = (text: string, change: (words: string[]) => string[]): string => {
  const lines = text.split('\n')
  const words = change(lines.flatMap((line, i) => [...wordsOf(line), ...(i < lines.length - 1 ? ['\n'] : [])]))
  return words.join(' ').replaceAll(/ ?\n ?/g, '\n')
}

/** The first words of a text, the last one as the end of a sentence. */
const firstWords = (text: string, count: number): string =>
  `${wordsOf(text)
    .slice(0, Math.max(1, count))
    .join(' ')
    .replace(/[.,;:!?]*$/, '')}.`
