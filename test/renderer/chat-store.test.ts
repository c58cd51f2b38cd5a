import { beforeEach, expect, test, vi } from 'vitest'
import type { ChatContent, PreferredAnswer } from '../../main/shared/contract/chats-contract.ts'
import type { ChatEvent } from '../../main/shared/contract/models-contract.ts'
import { useChat } from '../../renderer/features/models/chat-store.ts'
import { type ChatModel, pairProblem } from '../../renderer/features/models/chat-turns.ts'

interface Asked {
  readonly chatId: number | null
  readonly columns: readonly { readonly id: string; readonly messages: readonly { readonly role: string; readonly content: string }[] }[]
}

/** Recorded requests, and the events that a test sends in reply. */
const { asked, answers, stored, preferred } = vi.hoisted(() => ({
  asked: [] as Asked[],
  stored: new Map<number, ChatContent>(),
  preferred: new Map<string, PreferredAnswer>(),
  answers: { of: (_: Asked): AsyncIterable<ChatEvent> => (async function* () {})() },
}))
vi.mock('../../renderer/api/client.ts', () => ({
  client: {
    models: {
      chat: async (input: Asked) => {
        asked.push(input)
        return answers.of(input)
      },
    },
    chats: {
      save: async ({ id, content }: { id: number | null; content: ChatContent }) => {
        const key = id ?? stored.size + 1
        stored.set(key, content)
        return { id: key }
      },
      show: async ({ id }: { id: number }) => ({ id, content: stored.get(id) }),
      prefer: async (pair: PreferredAnswer) => {
        const id = `pair ${preferred.size + 1}`
        preferred.set(id, pair)
        return { id }
      },
      withdraw: async ({ id }: { id: string }) => void preferred.delete(id),
    },
  },
  orpc: {},
}))

const model = (id: string): ChatModel => ({ id, name: id, label: id, hasChatTemplate: true })
const [a, b, c] = ['a', 'b', 'c'].map(model)
const done = (column: number, text: string): ChatEvent => ({
  ...{ kind: 'done', column, text, tokens: 1, promptTokens: 1, seconds: 1, finishReason: 'stop' },
})
const saying = (word: string) =>
  async function* ({ columns }: Asked): AsyncGenerator<ChatEvent> {
    for (const [i, { id }] of columns.entries()) yield done(i, `${id} ${word}`)
  }
const said = () =>
  Object.fromEntries(
    useChat.getState().columns.map(({ id, turns }) => [id, turns.map(({ role, content }) => `${role === 'user' ? '> ' : ''}${content}`)]),
  )

beforeEach(() => {
  asked.length = 0
  stored.clear()
  preferred.clear()
  useChat.getState().begin([])
  useChat.setState({ system: '' })
})

test('a message is asked for as part of the stored chat', async () => {
  const { choose, send } = useChat.getState()
  choose([a])
  answers.of = saying('first')
  await send('One?')
  await send('Two?')
  expect(asked.map(({ chatId }) => chatId)).toEqual([1, 1])
  expect(useChat.getState().id).toBe(1)
})

test('a model that joins a conversation gets the earlier messages, and regenerating includes it', async () => {
  const { choose, send, again } = useChat.getState()
  choose([a])
  answers.of = saying('first')
  await send('One?')
  answers.of = saying('second')
  await send('Two?')
  choose([b, a])
  answers.of = saying('again')
  await again()
  expect(useChat.getState().error).toBeNull()
  expect(asked.at(-1)?.columns.map(({ id, messages }) => [id, messages.map(({ content }) => content)])).toEqual([
    ['b', ['One?', 'Two?']],
    ['a', ['One?', 'a first', 'Two?']],
  ])
  expect(said()).toEqual({ b: ['> One?', '> Two?', 'b again'], a: ['> One?', 'a first', '> Two?', 'a again'] })
})

test('models chosen during generation never get each other’s answers', async () => {
  let goOn: () => void = () => {}
  const held = new Promise<void>((resolve) => {
    goOn = resolve
  })
  answers.of = async function* () {
    yield { kind: 'piece', column: 0, at: 0, text: 'a begins', tokens: 1 }
    await held
    yield done(0, 'a ends')
    yield done(1, 'b ends')
  }
  const { choose, send } = useChat.getState()
  choose([a, b])
  const sending = send('Hello')
  await vi.waitFor(() => expect(said().a).toContain('a begins'))
  choose([c, b]) // c takes a's column
  goOn()
  await sending
  expect(said()).toEqual({ c: ['> Hello'], b: ['> Hello', expect.stringMatching(/^$|^b ends$/)] })
})

test('late events of a cleared conversation are dropped', async () => {
  let goOn: () => void = () => {}
  const held = new Promise<void>((resolve) => {
    goOn = resolve
  })
  answers.of = async function* () {
    await held
    yield done(0, 'late')
  }
  const { choose, send, clear } = useChat.getState()
  choose([a])
  const first = send('Old?')
  await vi.waitFor(() => expect(asked).toHaveLength(1))
  clear()
  useChat.setState({ running: null })
  answers.of = saying('new')
  await send('New?')
  goOn()
  await first
  expect(said()).toEqual({ a: ['> New?', 'a new'] })
})

/** What is stored of a chat: its models and what was said. */
const storedText = (id: number): unknown =>
  stored.get(id)?.columns.map((column) => [column.id, ...column.turns.map(({ role, content }) => `${role}: ${content}`)])

test('every message and reply is stored, and a stored chat continues where it was left', async () => {
  const { begin, send, setSystem, clear, open } = useChat.getState()
  begin([a, b])
  setSystem('Be brief.')
  answers.of = saying('first')
  await send('One?')
  expect(useChat.getState().id).toBe(1)
  expect(storedText(1)).toEqual([
    ['a', 'user: One?', 'assistant: a first'],
    ['b', 'user: One?', 'assistant: b first'],
  ])
  clear()
  setSystem('')
  expect([useChat.getState().id, said()]).toEqual([null, { a: [], b: [] }])
  await send('Another chat')
  expect([...stored.keys()]).toEqual([1, 2])
  await open(1)
  answers.of = saying('second')
  await send('Two?')
  expect([...stored.keys()]).toEqual([1, 2])
  expect(asked.at(-1)?.columns[0].messages.map(({ role, content }) => `${role}: ${content}`)).toEqual([
    'system: Be brief.',
    'user: One?',
    'assistant: a first',
    'user: Two?',
  ])
  expect(said().a.at(-1)).toBe('a second')
})

test('a chat that is left during generation keeps what was generated, as stopped', async () => {
  let end: () => void = () => {}
  const held = new Promise<void>((resolve) => {
    end = resolve
  })
  answers.of = async function* () {
    yield { kind: 'piece', column: 0, at: 0, text: 'begins', tokens: 1 }
    await held
  }
  const { begin, send, clear } = useChat.getState()
  begin([a])
  const sending = send('Hello')
  await vi.waitFor(() => expect(said().a).toContain('begins'))
  clear()
  end()
  await sending
  await vi.waitFor(() => expect(storedText(1)).toEqual([['a', 'user: Hello', 'assistant: begins']]))
  expect(stored.get(1)?.columns[0].turns[1]).toMatchObject({ state: 'stopped' })
  expect(stored.size).toBe(1)
})

test('the preferred one of two answers makes a pair, and both models continue from it', async () => {
  const { begin, send, prefer } = useChat.getState()
  begin([a, b])
  answers.of = saying('first')
  await send('One?')
  await prefer('b')
  expect([...preferred.values()]).toEqual([
    { prompt: [{ role: 'user', content: 'One?' }], chosen: 'b first', rejected: 'a first', chosenModel: 'b', rejectedModel: 'a' },
  ])
  answers.of = saying('second')
  await send('Two?')
  for (const { messages } of asked.at(-1)?.columns ?? [])
    expect(messages.map(({ content }) => content)).toEqual(['One?', 'b first', 'Two?'])
  await prefer('a')
  expect(preferred.get('pair 2')).toMatchObject({ chosen: 'a second', rejected: 'b second' })
  expect(preferred.get('pair 2')?.prompt.map(({ content }) => content)).toEqual(['One?', 'b first', 'Two?'])
})

test('a preference can be undone until the next message', async () => {
  const { begin, send, prefer, withdraw } = useChat.getState()
  begin([a, b])
  answers.of = saying('first')
  await send('One?')
  await prefer('a')
  await prefer('b') // decided already
  expect(preferred.size).toBe(1)
  await withdraw()
  await prefer('b')
  expect([...preferred.values()].map(({ chosen }) => chosen)).toEqual(['b first'])
})

test('only complete, different answers of two models to the same conversation can become a pair', async () => {
  const { begin, send } = useChat.getState()
  const problem = () => pairProblem(useChat.getState().columns, '')
  begin([a, b])
  expect(problem()).toBe('no-answers')
  answers.of = async function* () {
    yield done(0, 'same')
    yield done(1, 'same')
  }
  await send('One?')
  expect(problem()).toBe('same')
  answers.of = saying('first')
  await send('Two?')
  expect(problem()).toBeNull()
  await send('Three?') // each continues from its own answer
  expect(problem()).toBe('different-conversations')
  begin([a, b, c])
  await send('One?')
  expect(problem()).toBe('no-answers')
})
