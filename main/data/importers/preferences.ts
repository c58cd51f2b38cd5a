import type { JsonLine } from '../../common/jsonl.ts'
import type { Message } from '../../shared/engine-protocol.ts'
import { isObject } from '../../shared/is-object.ts'
import type { Imported, PreferenceExample, Prompt } from '../imported.ts'
import { BadRow, Fields, optionalNumber, textField } from './fields.ts'
import { asMessages, messagesField, promptOf, replyTurns, responseField, sameMessages } from './messages.ts'
import { hasTwoOutputs, withUsualNames } from './preference-names.ts'
import { inputBeside, joinInput, promptNames, underSystem, withContext } from './prompt-context.ts'
import { areOwn, provenanceReader } from './provenance.ts'
import { importedAs, type Notes, newNotes, readRows, tell } from './read-rows.ts'
import { misplacedTurn, transcriptTurns } from './transcript.ts'

/**
 * Preference rows: {prompt, chosen, rejected} (TRL), {instruction, input, chosen, rejected} (LLaMA-Factory's alpaca format), and {system,
 * question, chosen, rejected}. Each side is a text, a message, or a list of messages, which may repeat the prompt before the reply. Without
 * a prompt (TRL's implicit format, HH-RLHF's transcripts), the turns shared by both sides are the prompt. Other tools' names are known too.
 */
export function importPreferences(lines: readonly JsonLine[]): Imported {
  const rows = lines.map(withUsualNames)
  const notes = newNotes()
  for (const { value } of lines) if (isObject(value) && hasTwoOutputs(new Fields(value))) tell(notes, outputsRemark)
  const provenanceOf = provenanceReader(rows)
  const isOwn = areOwn(rows)
  const preferences = readRows(rows, notes, (fields, line) => {
    const spoken = transcriptsOf(fields)
    const preference =
      spoken !== undefined
        ? fromTranscripts(line, fields, spoken)
        : isImplicit(fields)
          ? fromSharedStart(line, fields, notes)
          : preferenceOf(line, promptOfRow(fields), fields, isOwn)
    tellOfScores(preference, notes)
    return { ...preference, ...provenanceOf(fields) }
  })
  return importedAs('preferences', notes, { preferences })
}

const outputsRemark = 'Of two texts in "output", the first is the chosen one ({}).'

/** A row's two sides with their prompt. Equal sides are an error. In an export of Laurel's, a model may have answered nothing. */
export function preferenceOf(line: number, prompt: Prompt, fields: Fields, isOwn: boolean): PreferenceExample {
  const chosen = responseField(fields, 'chosen', prompt, isOwn)
  const rejected = responseField(fields, 'rejected', prompt, isOwn)
  return preferenceFrom(line, prompt, { chosen, rejected }, fields)
}

/** A pair of texts as a preference, with the row's scores. */
export function preferenceFrom(
  line: number,
  prompt: Prompt,
  sides: { chosen: string; rejected: string },
  fields: Fields,
): PreferenceExample {
  if (sides.chosen === sides.rejected) throw new BadRow('"chosen" and "rejected" are the same')
  const scoreChosen = scoreOf(fields, 'chosen')
  const scoreRejected = scoreOf(fields, 'rejected')
  return {
    line,
    prompt,
    ...sides,
    ...(scoreChosen === undefined ? {} : { scoreChosen }),
    ...(scoreRejected === undefined ? {} : { scoreRejected }),
  }
}

const scoreOf = (fields: Fields, side: string): number | undefined =>
  optionalNumber(
    fields,
    fields.first(...['score', 'rating', 'avg_rating'].flatMap((what) => [`${what}_${side}`, `${side}_${what}`])) ?? `score_${side}`,
  )

function tellOfScores({ scoreChosen, scoreRejected }: PreferenceExample, notes: Notes): void {
  if (scoreChosen !== undefined && scoreRejected !== undefined && scoreChosen < scoreRejected)
    tell(notes, 'In {}, the chosen response has the lower score: "chosen" counts, not the score.')
}

function promptOfRow(fields: Fields): Prompt {
  const name = fields.first(...promptNames, 'input')
  if (name === undefined) return sharedPrompt(fields)
  if (Array.isArray(fields.peek(name))) return promptOf(underSystem(fields, messagesField(fields, name)), name)
  const prompt = withContext(fields, joinInput(textField(fields, name), inputBeside(fields, name)))
  return longerPrompt(fields, prompt) ?? prompt
}

/** If the sides contain a longer conversation that includes the prompt's text, that conversation is the prompt. */
function longerPrompt(fields: Fields, prompt: Prompt): Prompt | undefined {
  if (typeof prompt !== 'string' || !['chosen', 'rejected'].every((name) => Array.isArray(fields.peek(name)))) return undefined
  const before = beforeReply(fields)
  if (before === undefined || before.length < 2) return undefined
  return before.some(({ role, content }) => role === 'user' && content === prompt) ? promptOf(before, 'chosen') : undefined
}

/** The messages that both sides share before their last one. */
function beforeReply(fields: Fields): Message[] | undefined {
  const chosen = messagesField(fields, 'chosen').slice(0, -1)
  return sameMessages(chosen, replyTurns(fields, 'rejected').slice(0, -1)) ? chosen : undefined
}

function sharedPrompt(fields: Fields): Prompt {
  if (!Array.isArray(fields.get('chosen')) || !Array.isArray(fields.get('rejected')))
    throw new BadRow(
      `"prompt" is missing, and so are ${promptNames
        .slice(1)
        .map((name) => `"${name}"`)
        .join(', ')} (fields: ${fields.names.join(', ')})`,
    )
  const shared = beforeReply(fields)
  if (shared === undefined) throw new BadRow('"chosen" and "rejected" differ before their last message, and there is no "prompt"')
  return promptOf(underSystem(fields, shared), 'chosen')
}

/** Whether the row is nothing but two texts (and their scores), so that they must begin with the prompt: TRL's implicit format. */
const isImplicit = (fields: Fields): boolean =>
  ['chosen', 'rejected'].every((name) => typeof fields.peek(name) === 'string') &&
  fields.names.every((name) => /^(chosen|rejected|(score|rating)_(chosen|rejected)|(chosen|rejected)_(score|rating))$/i.test(name))

/** The prompt is what both texts begin with, up to the space before the first word that differs, as in TRL's `extract_prompt`. */
function fromSharedStart(line: number, fields: Fields, notes: Notes): PreferenceExample {
  const [chosen, rejected] = [textField(fields, 'chosen'), textField(fields, 'rejected')]
  let end = 0
  while (end < chosen.length && end < rejected.length && chosen[end] === rejected[end]) end++
  if (chosen[end - 1] === ' ') end--
  const prompt = chosen.slice(0, end)
  if (prompt.trim() === '') throw new BadRow('"prompt" is missing, and "chosen" and "rejected" don\'t begin with the same words')
  const [yes, no] = [chosen.slice(end), rejected.slice(end)]
  if (yes === '' || no === '') throw new BadRow('"prompt" is missing, and one of the two texts is the beginning of the other')
  tell(notes, 'The prompt is what both texts begin with ({}).')
  return preferenceFrom(line, prompt, { chosen: yes, rejected: no }, fields)
}

/** Both sides as whole transcripts, if the row has nothing else (HH-RLHF). */
function transcriptsOf(fields: Fields): { chosen: Message[]; rejected: Message[] } | undefined {
  const sides = ['chosen', 'rejected'].map((name) => fields.peek(name))
  if (fields.first(...promptNames, 'input') !== undefined) return undefined
  const [chosen, rejected] = sides.map((side) => (typeof side === 'string' ? transcriptTurns(side) : undefined))
  return chosen === undefined || rejected === undefined ? undefined : { chosen, rejected }
}

function fromTranscripts(
  line: number,
  fields: Fields,
  { chosen, rejected }: { chosen: Message[]; rejected: Message[] },
): PreferenceExample {
  for (const [name, turns] of [
    ['chosen', chosen],
    ['rejected', rejected],
  ] as const) {
    textField(fields, name)
    const wrong = misplacedTurn(turns)
    if (wrong !== -1)
      throw new BadRow(
        `turn ${wrong + 1} of "${name}" is ${turns[wrong].content === '' ? 'empty' : `a repeated turn of the ${turns[wrong].role}`}`,
      )
    if (turns.at(-1)?.role === 'user') throw new BadRow(`"${name}" ends with a user turn`)
  }
  const prompt = promptOf(underSystem(fields, chosen.slice(0, -1)), 'chosen')
  if (!sameMessages(chosen.slice(0, -1), rejected.slice(0, -1)))
    throw new BadRow('"chosen" and "rejected" differ before their last turn, and there is no "prompt"')
  const [yes, no] = [chosen, rejected].map((turns) => turns[turns.length - 1].content)
  return preferenceFrom(line, asMessages(prompt).length === 1 ? prompt : asMessages(prompt), { chosen: yes, rejected: no }, fields)
}
