import { beforeEach, expect, test } from 'vitest'
import { type QuitAnswer, type Quitting, quitting } from '../../main/desktop/quitting.ts'

let done: string[]
let runs: string[]
let answers: PromiseWithResolvers<QuitAnswer>
let confirmed: boolean
let closed: PromiseWithResolvers<void>
let ending: Quitting
beforeEach(() => {
  done = []
  runs = []
  answers = Promise.withResolvers()
  closed = Promise.withResolvers()
  confirmed = false
  ending = quitting({
    active: () => runs,
    ask(names) {
      done.push(`ask about ${names}`)
      return answers.promise
    },
    askAtOnce: async () => {
      done.push('ask again')
      return confirmed
    },
    exitAtOnce: () => done.push('exit now'),
    background: () => done.push('background'),
    closing: () => done.push('closing'),
    close: () => closed.promise,
    exit: () => done.push('exit'),
    log: (line) => done.push(line),
  })
})

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('closes and exits without asking if no run is active', async () => {
  expect(ending.request()).toBe(false) // everything must close first
  expect(done).toEqual(['closing'])
  closed.resolve()
  await settled()
  expect(done).toEqual(['closing', 'exit'])
  expect(ending.request()).toBe(true)
})

test('asks if a run is active; "pause" closes, and exits when the run has paused', async () => {
  runs = ['demo']
  expect(ending.request()).toBe(false)
  expect(done).toEqual(['ask about demo'])
  answers.resolve('pause')
  await settled()
  expect(done).toEqual(['ask about demo', 'closing'])
  closed.resolve()
  await settled()
  expect(done.at(-1)).toBe('exit')
})

test('"background" keeps everything running, and the next request to quit asks again', async () => {
  runs = ['demo']
  ending.request()
  answers.resolve('background')
  await settled()
  expect(done).toEqual(['ask about demo', 'background'])
  ending.request()
  expect(done.at(-1)).toBe('ask about demo')
})

test('"cancel" or a failed dialog changes nothing', async () => {
  runs = ['demo']
  ending.request()
  answers.reject(new Error('the window is gone'))
  await settled()
  expect(done).toEqual(['ask about demo'])
  expect(ending.isClosing()).toBe(false)
})

test('two requests to quit ask once', () => {
  runs = ['demo']
  ending.request()
  ending.request()
  expect(done).toEqual(['ask about demo'])
})

test.each([true, false])('a request to quit while closing offers to quit immediately (answer %s)', async (isSure) => {
  confirmed = isSure
  ending.request()
  expect(ending.request()).toBe(false)
  await settled()
  expect(done).toEqual(['closing', 'ask again', ...(isSure ? ['exit now'] : [])])
})

test('exits even if closing fails, and logs the error', async () => {
  ending.request()
  closed.reject(new Error('disk full'))
  await settled()
  expect(done).toEqual(['closing', "couldn't close cleanly: Error: disk full", 'exit'])
})

test('closes once without asking when the system shuts down', () => {
  runs = ['demo']
  ending.now()
  ending.now()
  expect(done).toEqual(['closing'])
})
