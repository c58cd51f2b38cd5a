import { expect } from 'vitest'
import { hasSurvived, report } from '../faults/outcome.ts'
import { runKills } from '../faults/run-faults.ts'
import { linux, nativeLibrary, needing } from '../support/needs.ts'

/** The short version of `npm run test:faults`: kills only. */
needing(nativeLibrary, linux).test(
  'after 20 kills of engine, main, or both in every stage, nothing acknowledged is lost and the models match an undisturbed run',
  { timeout: 1_800_000 },
  async () => {
    const outcomes = await runKills({ kills: 20, seed: 1 })
    process.stdout.write(`${report(outcomes)}\n`)
    expect(outcomes.filter((outcome) => !hasSurvived(outcome))).toEqual([])
    expect(outcomes).toHaveLength(20)
  },
)
