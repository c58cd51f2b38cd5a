import type { ChatContent, ChatTurn, PreferredAnswer } from '../../../main/shared/contract/chats-contract.ts'
import type { LibraryModel } from '../../../main/shared/contract/models-contract.ts'
import type { Message } from '../../../main/shared/engine-protocol.ts'
import type { ShownError } from '../../api/errors.ts'
import { modelLabel, type ServerModel } from '../../components/model-select.tsx'

type StoredAnswer = Extract<ChatTurn, { readonly role: 'assistant' }>

/** A model's reply and its state. */
export interface Answer extends Omit<StoredAnswer, 'state'> {
  /** Unique, so that a reply isn't confused with one that replaced it. */
  readonly key: number
  readonly state: 'waiting' | 'loading' | 'writing' | StoredAnswer['state']
  readonly startedAt: number | null // milliseconds; null before generation starts
  readonly error: ShownError | null
}
export type Turn = { readonly role: 'user'; readonly content: string } | Answer

/** A model to chat with: one of the library, or a server's own. */
export type ChatModel = Omit<ChatContent['columns'][number], 'turns'>

export const fromLibrary = (model: LibraryModel): ChatModel => ({
  ...{ id: model.id, name: model.name, label: modelLabel(model), hasChatTemplate: model.hasChatTemplate },
})

/** The server has the template. */
export const fromServer = ({ id, engine, label }: ServerModel): ChatModel => ({ id, name: engine, label, hasChatTemplate: true })

export interface Column extends ChatModel {
  readonly turns: readonly Turn[]
}

let answers = 0

export const newAnswer = (seed: number): Answer => ({
  ...{ key: ++answers, role: 'assistant', content: '', state: 'waiting', seed, tokens: 0 },
  ...{ startedAt: null, seconds: null, finishReason: null, error: null, continuesWith: null, preference: null },
})

/** A column that joins a conversation: it has the user's turns, but no replies yet. */
export const newColumn = (model: ChatModel, turns: readonly Turn[]): Column => ({ ...model, turns })

/** The user's turns, which are the same in all columns. */
export const askedOf = (columns: readonly Column[]): Turn[] => (columns[0]?.turns ?? []).filter(({ role }) => role === 'user')

/** The conversation without the reply to regenerate. */
export const openTurns = (turns: readonly Turn[]): readonly Turn[] => (turns.at(-1)?.role === 'assistant' ? turns.slice(0, -1) : turns)

/** What the conversation continues from: the reply, or another model's that the user preferred. */
const saidIn = (turn: Turn): string => (turn.role === 'user' ? turn.content : (turn.continuesWith ?? turn.content))

/** The messages before the last turn, without empty replies and the prompts that led to them; none if there are none to answer. */
export function messagesOf(turns: readonly Turn[], system: string): Message[] {
  const open = turns.slice(0, -1) // the last one is still to be generated
  const messages = open.flatMap((turn, i) => {
    const next = turns[i + 1]
    const isLost = turn.role === 'user' && i < open.length - 1 && next?.role === 'assistant' && saidIn(next) === ''
    return isLost || saidIn(turn) === '' ? [] : [{ role: turn.role, content: saidIn(turn) }]
  })
  return messages.length > 0 && system.trim() !== '' ? [{ role: 'system', content: system.trim() }, ...messages] : messages
}

/** Why the last answers can't become a pair; null: they can. */
export type PairProblem = 'no-answers' | 'decided' | 'same' | 'different-conversations'

/** The last answers of two columns, if the user can prefer one of them: complete answers to the same conversation. */
export function pairProblem(columns: readonly Column[], system: string): PairProblem | null {
  const last = columns.map(({ turns }) => turns.at(-1))
  if (columns.length !== 2 || !last.every((turn) => turn?.role === 'assistant' && turn.state === 'done' && turn.content !== ''))
    return 'no-answers'
  if (standingPreference(columns) !== null) return 'decided'
  const [one, other] = columns.map(({ turns }) => JSON.stringify(messagesOf(turns, system)))
  if (one !== other) return 'different-conversations'
  return last[0]?.content === last[1]?.content ? 'same' : null
}

/** The stored pair of the last answers; null: none was preferred. */
export function standingPreference(columns: readonly Column[]): string | null {
  for (const { turns } of columns) {
    const last = turns.at(-1)
    if (last?.role === 'assistant' && last.preference !== null) return last.preference
  }
  return null
}

/** The pair in which a column's last answer is the preferred one. */
export function pairOf(columns: readonly Column[], system: string, chosenId: string): PreferredAnswer | null {
  const chosen = columns.find(({ id }) => id === chosenId)
  const rejected = columns.find(({ id }) => id !== chosenId)
  if (chosen === undefined || rejected === undefined || pairProblem(columns, system) !== null) return null
  const text = ({ turns }: Column): string => turns.at(-1)?.content ?? ''
  return {
    prompt: messagesOf(chosen.turns, system),
    ...{ chosen: text(chosen), rejected: text(rejected), chosenModel: chosen.label, rejectedModel: rejected.label },
  }
}

/** The columns with other last answers. */
export const withLastAnswers = (columns: readonly Column[], change: (column: Column, last: Answer) => Partial<Answer>): Column[] =>
  columns.map((column) => {
    const last = column.turns.at(-1)
    if (last?.role !== 'assistant') return column
    return { ...column, turns: [...column.turns.slice(0, -1), { ...last, ...change(column, last) }] }
  })

/** Columns as they are stored. A reply that is being generated counts as stopped, which it is if the window closes. */
export const storedColumns = (columns: readonly Column[]): ChatContent['columns'] =>
  columns.map(({ turns, ...column }) => ({
    ...column,
    turns: turns.map((turn) => {
      if (turn.role === 'user') return turn
      const { key: _, startedAt: _at, error: _error, state, ...stored } = turn
      return { ...stored, state: state === 'done' || state === 'failed' ? state : ('stopped' as const) }
    }),
  }))

/** Stored columns, to be continued. */
export const openedColumns = (columns: ChatContent['columns']): Column[] =>
  columns.map(({ turns, ...column }) => ({
    ...column,
    turns: turns.map((turn) => (turn.role === 'user' ? turn : { ...newAnswer(turn.seed), ...turn })),
  }))
