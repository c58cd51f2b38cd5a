import { describe, expect, test } from 'vitest'
import type { RunListing } from '../../../main/shared/contract/runs-contract.ts'
import { windowIcon } from '../../../renderer/signs/window-icon.ts'
import { runSign, windowTitle } from '../../../renderer/signs/window-title.ts'

type Run = Pick<RunListing, 'id' | 'name' | 'status' | 'stage' | 'iteration'>

const run = (changes: Partial<Run>): Run => ({ id: 'a', name: 'Demo', status: 'finished', stage: 'judgements', iteration: 1, ...changes })
const at = (share: number | null) => () => share

describe('the window’s title', () => {
  test('names the place when no run is at work', () => {
    expect(runSign([run({}), run({ status: 'paused' })], at(0.5))).toBeNull()
    expect(windowTitle('/review/abc', null)).toBe('Review - Laurel')
    expect(windowTitle('/elsewhere', null)).toBe('Laurel')
    expect(windowTitle('/prompt', null)).toBe('Prompt - Laurel')
  })

  test('names a page’s view, or its run', () => {
    expect(windowTitle('/evaluate', null)).toBe('Evaluate - Laurel')
    expect(windowTitle('/evaluate/results', null)).toBe('Results - Evaluate - Laurel')
    expect(windowTitle('/runs/a', null, [run({})])).toBe('Demo - Runs - Laurel')
    expect(windowTitle('/review/a', null, [run({})])).toBe('Demo - Review - Laurel')
  })

  test('says how far a run’s stage is, rounded down so that 100% means done', () => {
    const sign = runSign([run({ status: 'finished', name: 'Old' }), run({ status: 'running' })], at(0.999))
    expect(windowTitle('/data', sign)).toBe('99% Judging · Demo - Data - Laurel')
  })

  test('says which model a training makes, and nothing about progress that isn’t known', () => {
    expect(runSign([run({ status: 'running', stage: 'train' })], at(null))).toEqual({ text: 'Training of M2 · Demo', share: null })
    expect(runSign([run({ status: 'running', stage: null })], at(null))?.text).toBe('Starting · Demo')
  })

  test('says that pairs wait for review, unless another run is at work', () => {
    const waiting = run({ id: 'b', name: 'Second', status: 'waiting-for-review', stage: 'review' })
    expect(runSign([waiting], at(null))).toEqual({ text: 'Pairs to review · Second', share: null })
    expect(runSign([waiting, run({ status: 'pausing' })], at(0.1))?.text).toBe('10% Judging · Demo')
  })
})

describe('the window’s icon', () => {
  const dashes = (share: number): number => Number(/dasharray="([\d.]+) /.exec(decodeURIComponent(windowIcon(share)))?.[1])

  test('is Laurel’s own when nothing is in progress', () => expect(windowIcon(null)).toBe('/icon.svg'))

  test('is a ring that is as full as the stage', () => {
    expect(dashes(0)).toBe(0)
    expect(dashes(0.5)).toBeCloseTo(Math.PI * 13, 1)
    expect(dashes(2)).toBe(dashes(1))
  })
})
