import type { JsonLine } from '../../common/jsonl.ts'
import type { Imported, PreferenceExample, Prompt } from '../imported.ts'
import { BadRow, type Fields, isBlank, numberField, optionalNumber, textField, UnwantedRow } from './fields.ts'
import { messagesField, promptOf, sameMessages } from './messages.ts'
import { preferenceFrom } from './preferences.ts'
import { inputBeside, joinInput, promptNames, withContext } from './prompt-context.ts'
import { importedAs, newNotes, readRows } from './read-rows.ts'
import { sideNamed } from './sides.ts'

type Side = 'a' | 'b' | 'tie'

/** The names of two responses, and the field that says which one is better. */
interface Form {
  readonly a: string
  readonly b: string
  readonly verdict: string
  better(fields: Fields): Side
}

const forms: readonly Form[] = [
  { a: 'human_ref_a', b: 'human_ref_b', verdict: 'labels', better: numbered('labels', { 1: 'a', 0: 'b' }) }, // SHP
  { a: 'response_0', b: 'response_1', verdict: 'better_response_id', better: numbered('better_response_id', { 0: 'a', 1: 'b' }) }, // PKU
  { a: 'response_1', b: 'response_2', verdict: 'preference_strength', better: strength }, // HelpSteer 2
  { a: 'conversation_a', b: 'conversation_b', verdict: 'winner', better: named('winner', 'conversation_a', 'conversation_b') }, // Chatbot Arena
  { a: 'output_1', b: 'output_2', verdict: 'preference', better: annotated }, // AlpacaEval, AlpacaFarm
  ...['response', 'answer', 'output', 'completion', 'generation'].flatMap((what) =>
    ['winner', 'preference', 'preferred', 'choice', 'label', 'better'].flatMap((verdict) =>
      [
        ['_a', '_b'],
        ['_1', '_2'],
        ['1', '2'],
      ].map(([a, b]) => ({ a: `${what}${a}`, b: `${what}${b}`, verdict, better: named(verdict, `${what}${a}`, `${what}${b}`) })),
    ),
  ),
  { a: 'response_j', b: 'response_k', verdict: 'response_j', better: () => 'a' }, // paired Stack Exchange: j is the better one
]

const formOf = (fields: Fields): Form | undefined =>
  forms.find(({ a, b, verdict }) => fields.has(a) && fields.has(b) && fields.has(verdict))

export const isComparison = (fields: Fields): boolean => formOf(fields) !== undefined

/**
 * Preference rows with neutral names for the two sides: SHP, PKU-SafeRLHF, HelpSteer 2's preferences, Chatbot Arena, AlpacaEval's
 * annotations, and similar ones. Ties are skipped.
 */
export function importComparisons(rows: readonly JsonLine[]): Imported {
  const notes = newNotes()
  const preferences = readRows(rows, notes, (fields, line): PreferenceExample => {
    const form = formOf(fields)
    if (form === undefined)
      throw new BadRow(`it must have two responses and a field that says which is better (fields: ${fields.names.join(', ')})`)
    const better = form.better(fields)
    if (better === 'tie') throw new UnwantedRow(`"${form.verdict}" prefers neither response`)
    const { prompt, a, b } = Array.isArray(fields.peek(form.a)) ? conversationsOf(fields, form) : textsOf(fields, form)
    return preferenceFrom(line, prompt, better === 'a' ? { chosen: a, rejected: b } : { chosen: b, rejected: a }, fields)
  })
  return importedAs('comparisons', notes, { preferences })
}

interface Sides {
  readonly prompt: Prompt
  readonly a: string
  readonly b: string
}

function textsOf(fields: Fields, form: Form): Sides {
  const [a, b] = [textField(fields, form.a), textField(fields, form.b)]
  const name = fields.first(...promptNames, 'history', 'input') ?? 'prompt'
  // In SHP, `history` is the post to answer; elsewhere it is a list of turns.
  const prompt =
    name === 'history' ? textField(fields, name) : withContext(fields, joinInput(textField(fields, name), inputBeside(fields, name)))
  return { prompt, a, b }
}

function conversationsOf(fields: Fields, form: Form): Sides {
  const [a, b] = [messagesField(fields, form.a), messagesField(fields, form.b)]
  const [lastA, lastB] = [a.at(-1), b.at(-1)]
  if (lastA?.role !== 'assistant' || lastB?.role !== 'assistant') throw new BadRow(`"${form.a}" or "${form.b}" ends without a reply`)
  if (!sameMessages(a.slice(0, -1), b.slice(0, -1))) throw new UnwantedRow('its two conversations differ before their last reply')
  return { prompt: promptOf(a.slice(0, -1), form.a), a: lastA.content, b: lastB.content }
}

function numbered(name: string, sides: Readonly<Record<number, Side>>): (fields: Fields) => Side {
  return (fields) => {
    const value = numberField(fields, name)
    const side = sides[value]
    if (side === undefined) throw new BadRow(`"${name}" is ${value}, neither 0 nor 1`)
    return side
  }
}

function strength(fields: Fields): Side {
  const value = numberField(fields, 'preference_strength')
  return value === 0 ? 'tie' : value < 0 ? 'a' : 'b'
}

/** AlpacaEval's preference: 1 for the first output, 2 for the second, in between by the judge's probabilities; 1.5 or 0 is a draw. */
function annotated(fields: Fields): Side {
  const value = optionalNumber(fields, 'preference')
  if (value === undefined) throw new UnwantedRow('"preference" is missing: the judge gave none')
  if (value === 0 || value === 1.5) return 'tie'
  if (value < 1 || value > 2) throw new BadRow(`"preference" is ${value}, not from 1 to 2`)
  return value < 1.5 ? 'a' : 'b'
}

function named(name: string, a: string, b: string): (fields: Fields) => Side {
  return (fields) => {
    const value = fields.get(name)
    if (isBlank(value)) throw new BadRow(`"${name}" is missing`)
    const said = typeof value === 'string' ? value.trim().toLowerCase() : value
    const side = sideNamed(said, { names: [a, b] })
    if (side === null || /tie|both|neither|equal|same/.test(String(said))) return 'tie'
    if (side !== undefined) return side === a ? 'a' : 'b'
    const last = /(?:^|[_\s])([ab])$/.exec(String(said))?.[1]
    if (last === undefined) throw new BadRow(`"${name}" is "${String(said).slice(0, 40)}", which names neither ${a} nor ${b}`)
    return last === 'a' ? 'a' : 'b'
  }
}
