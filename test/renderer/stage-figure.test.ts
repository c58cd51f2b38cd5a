import { expect, test } from 'vitest'
import type { TimelineStage } from '../../main/shared/contract/charts-contract.ts'
import { stageFigure } from '../../renderer/features/run/stage-figure.ts'

const training = (more: Partial<TimelineStage>): TimelineStage => ({
  ...{ iteration: 1, stage: 'train', state: 'done', seconds: 90, made: 29, of: 29, aside: 0 },
  ...more,
})

test('a completed training shows its steps', () => {
  expect(stageFigure(training({}))).toEqual({ value: '29', detail: 'steps, 1 min 30 s' })
})

test('a training that ended early also shows its planned steps', () => {
  expect(stageFigure(training({ made: 14 }))).toEqual({ value: '14 of 29', detail: 'steps, ended early' })
})

test('the current stage shows its progress', () => {
  expect(stageFigure(training({ made: 14, state: 'current' }))).toEqual({ value: '14', detail: '48% of 29' })
})

test('an evaluation shows how many figures it has, and how long they took', () => {
  expect(stageFigure(training({ stage: 'evaluate', made: 10, of: null, seconds: 217 }))).toEqual({
    value: '10 figures',
    detail: '3 min 37 s',
  })
})
