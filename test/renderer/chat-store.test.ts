import { beforeEach, expect, test, vi } from 'vitest'
import type { ChatEvent } from '../../main/shared/contract/models-contract.ts'
import { type ChatModel, useChat } from '../../renderer/features/models/chat-store.ts'

interface Asked {
  readonly columns: readonly { readonly id: string; readonly messages: readonly { readonly role: string; readonly content: string }[] }[]
}

/** Recorded requests, and the events that a test sends in reply. */
const { asked, answers } = vi.hoisted(() => ({
  asked: [] as Asked[],
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
  useChat.setState({ columns: [], running: null, error: null })
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
