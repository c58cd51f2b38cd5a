import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Beat, splitBeat } from '../../../main/engine/beat.ts'
import { engineWatch, patience } from '../../../main/engine/hosts/engine-watch.ts'

const at = { isBusy: true, isStopping: false }
let gone: string[]
let watch: ReturnType<typeof engineWatch>

beforeEach(() => {
  vi.useFakeTimers()
  Object.assign(at, { isBusy: true, isStopping: false })
  gone = []
  watch = engineWatch({ state: () => at, onGone: ({ message }) => gone.push(message) })
})
afterEach(() => {
  watch.end()
  vi.useRealTimers()
})

/** Let a number of seconds pass, with a heartbeat each second if the engine sends them. */
function pass(seconds: number, beat?: (second: number) => Beat): void {
  for (let second = 1; second <= seconds; second++) {
    vi.advanceTimersByTime(1000)
    if (beat) watch.beat(beat(second))
  }
}
let total = 0
const atWork = (): Beat => ({ progress: ++total, processorMs: total * 1000 })
const computing = (): Beat => ({ progress: 0, processorMs: ++total * 1000 })
const idle = (): Beat => ({ progress: 0, processorMs: 0 })

test('a working engine is left alone for hours, even after it was asked to stop', () => {
  pass(3600, atWork)
  at.isStopping = true
  pass(3600, atWork)
  expect(gone).toEqual([])
})

test('an idle engine may be silent', () => {
  at.isBusy = false
  watch.beat(idle())
  pass(3600)
  expect(gone).toEqual([])
})

test('a silent engine is declared lost after a minute, once', () => {
  watch.beat(idle())
  pass(59)
  expect(gone).toEqual([])
  pass(60)
  expect(gone).toEqual(['The engine gave no sign of life for 60 seconds, so Laurel stopped it.'])
})

test('an engine without progress is declared lost after ten minutes', () => {
  pass(599, computing)
  expect(gone).toEqual([])
  pass(10, computing)
  expect(gone).toEqual(['The engine made no progress for 600 seconds, so Laurel stopped it.'])
})

test('an engine that was asked to stop and does nothing is declared lost after ten seconds', () => {
  pass(30, idle)
  at.isStopping = true
  pass(9, idle)
  expect(gone).toEqual([])
  pass(3, idle)
  expect(gone).toEqual(['The engine was asked to stop and did nothing for 10 seconds, so Laurel stopped it.'])
})

test('an engine that was asked to stop and computes gets a minute to finish its operation', () => {
  pass(5, computing)
  at.isStopping = true
  pass(58, computing)
  expect(gone).toEqual([])
  pass(5, computing)
  expect(gone).toEqual(['The engine was asked to stop and made no progress for 60 seconds, so Laurel stopped it.'])
})

test('an engine that does not start is declared lost after two minutes', () => {
  pass(patience.start / 1000 + 1)
  expect(gone).toEqual(['The engine did not start within 120 seconds, so Laurel stopped it.'])
})

test('an engine whose heartbeats are blocked keeps working, and is declared lost a minute after it was asked to stop', () => {
  watch.heard()
  pass(3600)
  expect(gone).toEqual([])
  at.isStopping = true
  pass(62)
  expect(gone).toEqual(['The engine was asked to stop and made no progress for 60 seconds, so Laurel stopped it.'])
})

test('time in which this process itself was blocked does not count against the engine', () => {
  watch.beat(idle())
  at.isStopping = true
  vi.setSystemTime(Date.now() + 3_600_000)
  vi.advanceTimersByTime(500)
  expect(gone).toEqual([])
})

test('a heartbeat is separated from other text in its line', () => {
  expect(splitBeat('\u001elaurel-beat 12 345')).toEqual({ beat: { progress: 12, processorMs: 345 }, rest: '' })
  expect(splitBeat('a warning \u001elaurel-beat 12 345')).toEqual({ beat: { progress: 12, processorMs: 345 }, rest: 'a warning ' })
  expect(splitBeat('laurel-beat 12 345')).toEqual({ rest: 'laurel-beat 12 345' })
  expect(splitBeat('\u001elaurel-beat x')).toEqual({ rest: '' })
})
