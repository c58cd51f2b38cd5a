import { create } from 'zustand'
import type { ChatEvent, ChatSampling, LibraryModel } from '../../../main/api/contract/models.ts'
import { client } from '../../api/client.ts'
import { type ShownError, shownError } from '../../api/errors.ts'
import { modelLabel } from '../../components/model-select.tsx'

/** What a model says in answer, and how far it is. */
export interface Answer {
  /** Tells it from any other, also from one in its place. */
  readonly key: number
  readonly role: 'assistant'
  readonly content: string
  readonly state: 'waiting' | 'loading' | 'writing' | 'done' | 'stopped' | 'failed'
  readonly seed: number
  readonly tokens: number
  readonly startedAt: number | null // milliseconds; null: not yet
  readonly seconds: number | null // null: not over
  readonly finishReason: 'stop' | 'length' | null
  readonly error: ShownError | null
}
export type Turn = { readonly role: 'user'; readonly content: string } | Answer

export interface Column {
  readonly id: string
  readonly name: string
  readonly label: string
  readonly hasChatTemplate: boolean
  readonly turns: readonly Turn[]
}

interface ChatState {
  readonly columns: readonly Column[]
  readonly sampling: ChatSampling
  readonly running: AbortController | null
  /** What ended the whole answering (no connection), where something did. */
  readonly error: unknown
  choose(models: readonly LibraryModel[]): void
  setSampling(change: Partial<ChatSampling>): void
  send(text: string): Promise<void>
  /** The last prompt once more with the next seed: the answers to it are replaced. */
  again(): Promise<void>
  stop(): void
  clear(): void
}

let answers = 0

const newAnswer = (seed: number): Answer => ({
  ...{ key: ++answers, role: 'assistant', content: '', state: 'waiting', seed, tokens: 0 },
  ...{ startedAt: null, seconds: null, finishReason: null, error: null },
})

/** The chat of this window. It lives as long as the window does, so that one can look elsewhere meanwhile. */
export const useChat = create<ChatState>((set, get) => {
  /** Changes the answer that was asked for; where its column or it is gone meanwhile, nothing. */
  const changeAnswer = (asked: Answer, columnId: string, change: (answer: Answer) => Partial<Answer>): void =>
    set(({ columns }) => ({
      columns: columns.map((column) => {
        const last = column.turns.at(-1)
        if (column.id !== columnId || last?.role !== 'assistant' || last.key !== asked.key) return column
        return { ...column, turns: [...column.turns.slice(0, -1), { ...last, ...change(last) }] }
      }),
    }))

  /** Everybody answers the conversation so far, whose last turn is the answer to be made. */
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
        const column = asked[event.column] // the place that was asked for, wherever the column stands now
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

/** What an event changes of the answer it is about. */
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

/** A column that joins a conversation: it has been asked the same as the others, and has answered nothing yet. */
const newColumn = (model: LibraryModel, turns: readonly Turn[]): Column => ({
  ...{ id: model.id, name: model.name, label: modelLabel(model), hasChatTemplate: model.hasChatTemplate, turns },
})

/** What the user has said so far, to all columns alike. */
const askedOf = (columns: readonly Column[]): Turn[] => (columns[0]?.turns ?? []).filter(({ role }) => role === 'user')

/** The conversation up to the answer that is to be made again. */
const openTurns = (turns: readonly Turn[]): readonly Turn[] => (turns.at(-1)?.role === 'assistant' ? turns.slice(0, -1) : turns)

/** What has been said so far, an answer that came to nothing left out together with what it was to answer. */
function messagesOf(turns: readonly Turn[]): { role: string; content: string }[] {
  const open = turns.slice(0, -1) // the last one is to be made
  return open.flatMap((turn, i) => {
    const next = turns[i + 1]
    const isLost = turn.role === 'user' && i < open.length - 1 && next?.role === 'assistant' && next.content === ''
    return isLost || turn.content === '' ? [] : [{ role: turn.role, content: turn.content }]
  })
}
