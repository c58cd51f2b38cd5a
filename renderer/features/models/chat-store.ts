import { create } from 'zustand'
import type { ChatEvent, ChatSampling } from '../../../main/shared/contract/models-contract.ts'
import { client } from '../../api/client.ts'
import { shownError } from '../../api/errors.ts'
import {
  type Answer,
  askedOf,
  type ChatModel,
  type Column,
  messagesOf,
  newAnswer,
  newColumn,
  openedColumns,
  openTurns,
  pairOf,
  standingPreference,
  storedColumns,
  withLastAnswers,
} from './chat-turns.ts'

interface ChatState {
  /** The stored chat; null: not stored yet. */
  readonly id: number | null
  readonly columns: readonly Column[]
  /** Precedes the conversation; '': none. */
  readonly system: string
  readonly sampling: ChatSampling
  readonly running: AbortController | null
  /** An error that ended all replies, such as a lost connection, or why something couldn't be stored. */
  readonly error: unknown
  /** How often something was stored, for lists of chats. */
  readonly saves: number
  choose(models: readonly ChatModel[]): void
  /** A new chat with these models. */
  begin(models: readonly ChatModel[]): void
  setSystem(system: string): void
  setSampling(change: Partial<ChatSampling>): void
  send(text: string): Promise<void>
  /** Generates new replies to the last prompt with the next seed, replacing the previous ones. */
  again(): Promise<void>
  stop(): void
  /** A new chat with the same models. */
  clear(): void
  /** Continues a stored chat. */
  open(id: number): Promise<void>
  /** Stores a column's last answer as preferred to the other's; the conversation continues from it. */
  prefer(columnId: string): Promise<void>
  withdraw(): Promise<void>
}

/** The chat of this window. It survives navigation to other pages; every message and reply is stored. */
export const useChat = create<ChatState>((set, get) => {
  let saving: Promise<void> = Promise.resolve() // one after the other: only the first save of a chat creates it
  let current: { id: number | null } = { id: null }

  /** Stores the chat as it is now, also if the user has left it by then. */
  function save(): Promise<void> {
    const { columns, system, sampling } = get()
    const chat = current
    if (columns.every(({ turns }) => turns.length === 0)) return saving
    const content = { system, sampling, columns: storedColumns(columns) }
    saving = saving
      .then(async () => {
        chat.id = (await client.chats.save({ id: chat.id, content })).id
        set(({ saves }) => ({ saves: saves + 1, ...(current === chat && { id: chat.id }) }))
      })
      .catch((error: unknown) => set({ error }))
    return saving
  }

  /** Updates a requested reply, unless it or its column has been removed since. */
  const changeAnswer = (asked: Answer, columnId: string, change: (answer: Answer) => Partial<Answer>): void =>
    set(({ columns }) => ({
      columns: withLastAnswers(columns, (column, last) => (column.id === columnId && last.key === asked.key ? change(last) : {})),
    }))

  /** Every column generates a reply: the conversation's last turn, which is still empty. */
  async function answer(): Promise<void> {
    const { columns, sampling, system } = get()
    const asked = columns.flatMap(({ id, turns }) => {
      const last = turns.at(-1)
      const messages = messagesOf(turns, system)
      return last?.role === 'assistant' && messages.length > 0 ? [{ id, answer: last, messages }] : []
    })
    if (asked.length === 0) return
    const running = new AbortController()
    set({ running, error: null })
    const chat = current
    await save() // so that it has an id, to which what servers are asked is added
    try {
      const wanted = asked.map(({ id, messages }) => ({ id, messages }))
      for await (const event of await client.models.chat({ columns: wanted, sampling, chatId: chat.id }, { signal: running.signal })) {
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
      await save()
    }
  }

  /** Leaves the chat for another, which is stored under `id` or new. What was generated until now is kept. */
  function leave(id: number | null, next: Partial<ChatState>): void {
    get().stop()
    if (get().running !== null) void save()
    current = { id }
    set({ id, error: null, running: null, ...next })
  }

  const fresh = (columns: readonly Column[]): Column[] => columns.map((column) => ({ ...column, turns: [] }))

  return {
    id: null,
    columns: [],
    system: '',
    sampling: { temperature: 0.7, topP: 0.9, maxTokens: 256, seed: 1 },
    running: null,
    error: null,
    saves: 0,
    choose: (models) => {
      get().stop()
      set(({ columns }) => {
        const asked = askedOf(columns)
        return { columns: models.map((model) => columns.find(({ id }) => id === model.id) ?? newColumn(model, asked)) }
      })
    },
    begin: (models) => leave(null, { columns: models.map((model) => newColumn(model, [])) }),
    setSystem: (system) => set({ system }),
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
    clear: () => leave(null, { columns: fresh(get().columns) }),
    async open(id) {
      if (id === get().id) return
      try {
        const { content } = await client.chats.show({ id })
        leave(id, { ...content, columns: openedColumns(content.columns) })
      } catch (error) {
        set({ error })
      }
    },
    async prefer(columnId) {
      const { columns, system } = get()
      const pair = pairOf(columns, system, columnId)
      if (pair === null) return
      try {
        const { id: preference } = await client.chats.prefer(pair)
        set((now) => ({
          error: null,
          columns: withLastAnswers(now.columns, ({ id }) => (id === columnId ? { preference } : { continuesWith: pair.chosen })),
        }))
      } catch (error) {
        set({ error })
      }
      await save()
    },
    async withdraw() {
      const id = standingPreference(get().columns)
      if (id === null) return
      try {
        await client.chats.withdraw({ id })
        set(({ columns }) => ({ error: null, columns: withLastAnswers(columns, () => ({ preference: null, continuesWith: null })) }))
      } catch (error) {
        set({ error })
      }
      await save()
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
