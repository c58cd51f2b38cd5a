import { describe, expect, it } from 'vitest'
import { warnOfFailureSigns } from '../../main/loop/iteration-report.ts'
import type { Stage } from '../../main/loop/run-context.ts'
import { trainingSummary } from '../../main/loop/stages/train-model.ts'
import type { IterationReport, RunEvent } from '../../main/shared/run-events.ts'
import { createTinyRun, openTinyStore, tinyHome } from '../support/tiny-run.ts'

const healthy: IterationReport = {
  model: 'M1',
  promptsAccepted: 100,
  promptsRejected: {},
  meanReward: 3,
  tieShare: 0.3,
  pairs: 60,
  yield: 0.6,
  judgements: 1000,
  parseFailures: 50,
  meanLength: 400,
  meanLengthChosen: 420,
  meanLengthRejected: 390,
}

function warningsOf(now: Partial<IterationReport>, before?: IterationReport): string[] {
  const codes: string[] = []
  const tell = (event: RunEvent): void => void (event.kind === 'warning' && codes.push(event.code))
  warnOfFailureSigns({ tell, iteration: 2, stage: 'pairs' } as Stage, { ...healthy, ...now }, before)
  return codes
}

describe('signs of failure', () => {
  it('aren’t reported for a healthy iteration', () => {
    expect(warningsOf({}, healthy)).toEqual([])
  })

  it('are few pairs, unparsed judgements, and growing answers', () => {
    expect(warningsOf({ yield: 0.19 })).toEqual(['low-yield'])
    expect(warningsOf({ parseFailures: 201 })).toEqual(['parse-failures'])
    expect(warningsOf({ meanLength: 601 }, healthy)).toEqual(['length-growth'])
    expect(warningsOf({ meanLength: 599 }, healthy)).toEqual([])
  })

  it('are chosen responses that become much less likely during training', () => {
    const { home, remove } = tinyHome()
    const store = openTinyStore(home)
    const runId = createTinyRun(store, home)
    const codes: string[] = []
    const tell = (event: RunEvent): void => void (event.kind === 'warning' && codes.push(event.code))
    const stage = { store, runId, tell, iteration: 1, stage: 'train' } as unknown as Stage
    for (const [name, end] of [
      ['M2', -119],
      ['M3', -121],
    ] as const) {
      const { id } = store.trainings.begin({ runId, name, task: 'dpo', rows: 1, config: {} })
      store.trainings.addReference(id, 0, -100, -100)
      for (let step = 1; step <= 8; step++)
        store.metrics.addStep(id, step, { 'logps/chosen': step > 6 ? end : -100, loss: step > 6 ? 0.5 : 9 })
      expect(trainingSummary(stage, name)).toMatchObject({ steps: 8, loss: 0.5, 'logps/chosen': end })
    }
    expect(codes).toEqual(['chosen-falls'])
    store.close()
    remove()
  })
})
