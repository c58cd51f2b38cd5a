import { create } from 'zustand'
import type { ChatEvent, ChatSampling, LibraryModel } from '../../../main/api/contract/models.ts'
import { client } from '../../api/client.ts'
import { type ShownError, shownError } from '../../api/errors.ts'
import { modelLabel } from '../../components/model-select.tsx'

/** What a model says in answer, and how far it is. */
export interface Answer {
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

const newAnswer = (seed: number): Answer => ({
  ...{ role: 'assistant', content: '', state: 'waiting', seed, tokens: 0 },
  ...{ startedAt: null, seconds: null, finishReason: null, error: null },
})

/** The chat of this window. It lives as long as the window does, so that one can look elsewhere meanwhile. */
export const useChat = create<ChatState>((set, get) => {
  const changeColumn = (index: number, change: (column: Column) => Column): void =>
    set(({ columns }) => ({ columns: columns.map((column, i) => (i === index ? change(column) : column)) }))

  const changeAnswer = (index: number, change: (answer: Answer) => Partial<Answer>): void =>
    changeColumn(index, (column) => {
      const last = column.turns.at(-1)
      if (last?.role !== 'assistant') return column
      return { ...column, turns: [...column.turns.slice(0, -1), { ...last, ...change(last) }] }
    })

  /** Everybody answers the conversation so far, whose last turn is the answer to be made. */
  async function answer(): Promise<void> {
    const { columns, sampling } = get()
    const running = new AbortController()
    set({ running, error: null })
    const asked = columns.map(({ id, turns }) => ({ id, messages: messagesOf(turns) }))
    try {
      for await (const event of await client.models.chat({ columns: asked, sampling }, { signal: running.signal })) {
        changeAnswer(event.column, (before) => changeBy(event, before))
      }
    } catch (thrown) {
      if (!running.signal.aborted) set({ error: shownError(thrown).code === 'STOPPED' ? null : thrown })
    } finally {
      for (const index of columns.keys()) {
        changeAnswer(index, ({ state }) => (state === 'done' || state === 'failed' ? {} : { state: 'stopped' }))
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
      set(({ columns }) => ({ columns: models.map((model) => columns.find(({ id }) => id === model.id) ?? newColumn(model)) }))
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
      set(({ columns }) => ({ columns: columns.map((column) => ({ ...column, turns: [...column.turns.slice(0, -1), newAnswer(seed)] })) }))
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

const newColumn = (model: LibraryModel): Column => ({
  ...{ id: model.id, name: model.name, label: modelLabel(model), hasChatTemplate: model.hasChatTemplate, turns: [] },
})

/** What has been said so far, an answer that came to nothing left out together with what it was to answer. */
function messagesOf(turns: readonly Turn[]): { role: string; content: string }[] {
  const open = turns.slice(0, -1) // the last one is to be made
  return open.flatMap((turn, i) => {
    const next = turns[i + 1]
    const isLost = turn.role === 'user' && i < open.length - 1 && next?.role === 'assistant' && next.content === ''
    return isLost || turn.content === '' ? [] : [{ role: turn.role, content: turn.content }]
  })
}
