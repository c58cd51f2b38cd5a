import type { JsonLine } from '../../common/jsonl.ts'
import type { Imported } from '../imported.ts'
import { BadRow, type Fields, listField, numberField, optionalNumber, textField, textOf, UnwantedRow } from './fields.ts'
import { promptNames, withContext } from './prompt-context.ts'
import { type PlacedAnswer, rankedFrom } from './ranked-answers.ts'
import { attempt, type Notes, newNotes, readRows, within } from './read-rows.ts'

/** HelpSteer's maximum helpfulness; the minimum is 0. */
const mostHelpful = 4

/**
 * Several answers to a prompt with their ratings, read as ranked answers:
 * - {instruction, completions: [{response, overall_score}]} (UltraFeedback): ranked by score, best first;
 * - {prompt, answers: [{answer, rank}]} (Nectar), whose best rank is 1;
 * - {prompt, responses: [text], scores: [number]}, or distilabel's `generations` and `ratings`;
 * - {prompt, response, helpfulness} (HelpSteer), one answer per row: its rank is its distance from the top of the scale, so that only a
 *   response with the best rating is an example to imitate.
 */
export function importRatedAnswers(rows: readonly JsonLine[]): Imported {
  const notes = newNotes()
  const read = readRows(rows, notes, (fields, line): PlacedAnswer[] => {
    const question = questionOf(fields)
    return answersOf(fields, line, notes).map(({ text, rank }) => ({ question, answer: { line, text, rank } }))
  })
  return rankedFrom('rated-answers', read.flat(), notes)
}

function questionOf(fields: Fields): string {
  const name = fields.first(...promptNames) ?? 'prompt'
  const prompt = withContext(fields, textField(fields, name))
  if (typeof prompt !== 'string') throw new UnwantedRow('its prompt is a conversation, but ranked answers must be to a single prompt')
  return prompt
}

interface Ranked {
  readonly text: string
  readonly rank: number
}

function answersOf(fields: Fields, line: number, notes: Notes): Ranked[] {
  const entries = (...named: readonly [string, string, readonly string[]]): Rated[] => objectsOf(fields, line, notes, ...named)
  if (fields.has('helpfulness')) {
    const helpfulness = numberField(fields, 'helpfulness')
    if (helpfulness < 0 || helpfulness > mostHelpful) throw new BadRow(`"helpfulness" is ${helpfulness}, not from 0 to ${mostHelpful}`)
    return [{ text: textField(fields, 'response'), rank: mostHelpful - helpfulness }]
  }
  if (fields.has('completions')) return ranks(entries('completions', 'response', ['overall_score', 'score', 'rating']), 'falling')
  if (fields.has('answers')) return ranks(entries('answers', 'answer', ['rank']), 'rising')
  const list = fields.has('responses') ? 'responses' : 'generations'
  const texts = listField(fields, list).map((text, i) => textOf(text, `${list}[${i}]`))
  const name = fields.first('scores', 'ratings', 'ranks') ?? 'scores'
  const values = listField(fields, name)
  if (values.length !== texts.length) throw new BadRow(`there are ${texts.length} ${list} but ${values.length} ${name}`)
  const rated = texts.map((text, i) => {
    const value = values[i]
    if (text === '') throw new BadRow(`${list}[${i}] is empty`)
    if (typeof value !== 'number' || !Number.isFinite(value)) throw new BadRow(`${name}[${i}] isn't a number`)
    return { text, value }
  })
  return ranks(rated, name === 'ranks' ? 'rising' : 'falling')
}

interface Rated {
  readonly text: string
  readonly value: number
}

/** The answers of a list. One without a text or a value is left out, and noted. */
function objectsOf(row: Fields, line: number, notes: Notes, list: string, textName: string, valueNames: readonly string[]): Rated[] {
  const entries = listField(row, list)
  const rated = entries.flatMap((entry, i) => {
    const read = attempt(line, notes, () => {
      const fields = row.inner(`${list}[]`, entry, `${list}[${i}]`)
      return within(`${list}[${i}]`, () => {
        const text = textField(fields, textName)
        const name = fields.first(...valueNames)
        const value = name === undefined ? undefined : optionalNumber(fields, name)
        if (value === undefined) throw new BadRow(`"${valueNames[0]}" is missing`)
        return { text, value }
      })
    })
    return read === undefined ? [] : [read]
  })
  // the only answer left isn't necessarily a good one
  if (rated.length < 2 && rated.length < entries.length) throw new BadRow(`fewer than two of its ${list} can be used`)
  return rated
}

/** Ranks from 0 up, best first; equal values share a rank. */
function ranks(rated: readonly Rated[], order: 'falling' | 'rising'): Ranked[] {
  const values = [...new Set(rated.map(({ value }) => value))].sort((a, b) => (order === 'falling' ? b - a : a - b))
  return rated.map(({ text, value }) => ({ text, rank: values.indexOf(value) }))
}
