import { beforeEach, expect, test } from 'vitest'
import { type QuitAnswer, type Quitting, quitting } from '../../main/desktop/quitting.ts'

let done: string[]
let runs: string[]
let answers: PromiseWithResolvers<QuitAnswer>
let atOnce: boolean
let closed: PromiseWithResolvers<void>
let ending: Quitting
beforeEach(() => {
  done = []
  runs = []
  answers = Promise.withResolvers()
  closed = Promise.withResolvers()
  atOnce = false
  ending = quitting({
    active: () => runs,
    ask(names) {
      done.push(`ask about ${names}`)
      return answers.promise
    },
    askAtOnce: async () => {
      done.push('ask again')
      return atOnce
    },
    exitAtOnce: () => done.push('exit at once'),
    background: () => done.push('background'),
    closing: () => done.push('closing'),
    close: () => closed.promise,
    exit: () => done.push('exit'),
    log: (line) => done.push(line),
  })
})

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('without a run it closes and ends, unasked', async () => {
  expect(ending.request()).toBe(false) // not before everything is closed
  expect(done).toEqual(['closing'])
  closed.resolve()
  await settled()
  expect(done).toEqual(['closing', 'exit'])
  expect(ending.request()).toBe(true)
})

test('with a run it asks; "pause" closes, and ends when the run has paused', async () => {
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

test('"background" keeps everything going, and the next end is asked about again', async () => {
  runs = ['demo']
  ending.request()
  answers.resolve('background')
  await settled()
  expect(done).toEqual(['ask about demo', 'background'])
  ending.request()
  expect(done.at(-1)).toBe('ask about demo')
})

test('"cancel", or a question that fails, changes nothing', async () => {
  runs = ['demo']
  ending.request()
  answers.reject(new Error('the window is gone'))
  await settled()
  expect(done).toEqual(['ask about demo'])
  expect(ending.isClosing()).toBe(false)
})

test('who asks twice is asked once', () => {
  runs = ['demo']
  ending.request()
  ending.request()
  expect(done).toEqual(['ask about demo'])
})

test.each([true, false])('while it closes, who asks again may end it at once (says %s)', async (isSure) => {
  atOnce = isSure
  ending.request()
  expect(ending.request()).toBe(false)
  await settled()
  expect(done).toEqual(['closing', 'ask again', ...(isSure ? ['exit at once'] : [])])
})

test('closing that fails still ends, and is logged', async () => {
  ending.request()
  closed.reject(new Error('disk full'))
  await settled()
  expect(done).toEqual(['closing', 'closing failed: Error: disk full', 'exit'])
})

test('when the machine goes down nobody is asked, and it closes once', () => {
  runs = ['demo']
  ending.now()
  ending.now()
  expect(done).toEqual(['closing'])
})
