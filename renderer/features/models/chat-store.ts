import { create } from 'zustand'
import type { ChatEvent, ChatSampling, LibraryModel } from '../../../main/shared/contract/models-contract.ts'
import type { FinishReason } from '../../../main/shared/engine-protocol.ts'
import { client } from '../../api/client.ts'
import { type ShownError, shownError } from '../../api/errors.ts'
import { modelLabel, type ServerModel } from '../../components/model-select.tsx'

/** A model's reply and its state. */
export interface Answer {
  /** Unique, so that a reply isn't confused with one that replaced it. */
  readonly key: number
  readonly role: 'assistant'
  readonly content: string
  readonly state: 'waiting' | 'loading' | 'writing' | 'done' | 'stopped' | 'failed'
  readonly seed: number
  readonly tokens: number
  readonly startedAt: number | null // milliseconds; null before generation starts
  readonly seconds: number | null // null until done
  readonly finishReason: FinishReason | null
  readonly error: ShownError | null
}
export type Turn = { readonly role: 'user'; readonly content: string } | Answer

/** A model to chat with: one of the library, or a server's own. */
export interface ChatModel {
  readonly id: string
  readonly name: string
  readonly label: string
  readonly hasChatTemplate: boolean
}

export const fromLibrary = (model: LibraryModel): ChatModel => ({
  ...{ id: model.id, name: model.name, label: modelLabel(model), hasChatTemplate: model.hasChatTemplate },
})

/** The server has the template. */
export const fromServer = ({ id, engine, label }: ServerModel): ChatModel => ({ id, name: engine, label, hasChatTemplate: true })

export interface Column extends ChatModel {
  readonly turns: readonly Turn[]
}

interface ChatState {
  readonly columns: readonly Column[]
  readonly sampling: ChatSampling
  readonly running: AbortController | null
  /** An error that ended all replies, such as a lost connection. */
  readonly error: unknown
  choose(models: readonly ChatModel[]): void
  setSampling(change: Partial<ChatSampling>): void
  send(text: string): Promise<void>
  /** Generates new replies to the last prompt with the next seed, replacing the previous ones. */
  again(): Promise<void>
  stop(): void
  clear(): void
}

let answers = 0

const newAnswer = (seed: number): Answer => ({
  ...{ key: ++answers, role: 'assistant', content: '', state: 'waiting', seed, tokens: 0 },
  ...{ startedAt: null, seconds: null, finishReason: null, error: null },
})

/** The chat of this window. It survives navigation to other pages. */
export const useChat = create<ChatState>((set, get) => {
  /** Updates a requested reply, unless it or its column has been removed since. */
  const changeAnswer = (asked: Answer, columnId: string, change: (answer: Answer) => Partial<Answer>): void =>
    set(({ columns }) => ({
      columns: columns.map((column) => {
        const last = column.turns.at(-1)
        if (column.id !== columnId || last?.role !== 'assistant' || last.key !== asked.key) return column
        return { ...column, turns: [...column.turns.slice(0, -1), { ...last, ...change(last) }] }
      }),
    }))

  /** Every column generates a reply: the conversation's last turn, which is still empty. */
  async function answer(): Promise<void> {
    const { columns, sampling } = get()
    const asked = columns.flatMap(({ id, turns }) => {
      const last = turns.at(-1)
      const messages = messagesOf(turns)
      return last?.role === 'assistant' && messages.length > 0 ? [{ id, answer: last, messages }] : []
    })
    if (asked.length === 0) return
    const running = new AbortController()
    set({ running, error: null })
    try {
      const wanted = asked.map(({ id, messages }) => ({ id, messages }))
      for await (const event of await client.models.chat({ columns: wanted, sampling }, { signal: running.signal })) {
        const column = asked[event.column] // the index in the request; the column may have moved since
        if (column !== undefined) changeAnswer(column.answer, column.id, (before) => changeBy(event, before))
      }
    } catch (thrown) {
      if (!running.signal.aborted) set({ error: shownError(thrown).code === 'STOPPED' ? null : thrown })
    } finally {
      for (const { id, answer: made } of asked) {
        changeAnswer(made, id, ({ state }) => (state === 'done' || state === 'failed' ? {} : { state: 'stopped' }))
      }
      if (get().running === running) set({ running: null })
    }
  }

  return {
    columns: [],
    sampling: { temperature: 0.7, topP: 0.9, maxTokens: 256, seed: 1 },
    running: null,
    error: null,
    choose: (models) => {
      get().stop()
      set(({ columns }) => {
        const asked = askedOf(columns)
        return { columns: models.map((model) => columns.find(({ id }) => id === model.id) ?? newColumn(model, asked)) }
      })
    },
    setSampling: (change) => set(({ sampling }) => ({ sampling: { ...sampling, ...change } })),
    async send(text) {
      if (get().running !== null || text.trim() === '') return
      set(({ columns, sampling: { seed } }) => ({
        columns: columns.map((column) => ({
          ...column,
          turns: [...column.turns, { role: 'user', content: text }, newAnswer(seed)],
        })),
      }))
      await answer()
    },
    async again() {
      if (get().running !== null) return
      const seed = get().sampling.seed + 1
      get().setSampling({ seed })
      set(({ columns }) => ({ columns: columns.map((column) => ({ ...column, turns: [...openTurns(column.turns), newAnswer(seed)] })) }))
      await answer()
    },
    stop: () => get().running?.abort(),
    clear: () => {
      get().stop()
      set(({ columns }) => ({ error: null, columns: columns.map((column) => ({ ...column, turns: [] })) }))
    },
  }
})

/** The changes that an event makes to its reply. */
function changeBy(event: ChatEvent, { content }: Answer): Partial<Answer> {
  switch (event.kind) {
    case 'loading':
      return { state: 'loading' }
    case 'writing':
      return { state: 'writing', startedAt: Date.now() }
    case 'piece':
      return { content: content.slice(0, event.at) + event.text, tokens: event.tokens }
    case 'done':
      return { state: 'done', content: event.text, tokens: event.tokens, seconds: event.seconds, finishReason: event.finishReason }
    case 'failed':
      return { state: 'failed', error: event.error }
  }
}

/** A column that joins a conversation: it has the user's turns, but no replies yet. */
const newColumn = (model: ChatModel, turns: readonly Turn[]): Column => ({ ...model, turns })

/** The user's turns, which are the same in all columns. */
const askedOf = (columns: readonly Column[]): Turn[] => (columns[0]?.turns ?? []).filter(({ role }) => role === 'user')

/** The conversation without the reply to regenerate. */
const openTurns = (turns: readonly Turn[]): readonly Turn[] => (turns.at(-1)?.role === 'assistant' ? turns.slice(0, -1) : turns)

/** The messages so far, without empty replies and the prompts that led to them. */
function messagesOf(turns: readonly Turn[]): { role: string; content: string }[] {
  const open = turns.slice(0, -1) // the last one is still to be generated
  return open.flatMap((turn, i) => {
    const next = turns[i + 1]
    const isLost = turn.role === 'user' && i < open.length - 1 && next?.role === 'assistant' && next.content === ''
    return isLost || turn.content === '' ? [] : [{ role: turn.role, content: turn.content }]
  })
}
