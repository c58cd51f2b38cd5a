import { expect } from 'vitest'
import { whyNoSmallDisk } from '../faults/other-faults.ts'
import { hasSurvived, report } from '../faults/outcome.ts'
import { runOtherFaults } from '../faults/run-faults.ts'
import { whyNoShim } from '../faults/shim.ts'
import { nativeLibrary, needing } from '../support/needs.ts'

const noShim = whyNoShim()

/** The short version of `npm run test:faults`, without kills. */
needing(nativeLibrary, { isMet: noShim === undefined, reason: noShim ?? '' }).test(
  'survives failing file operations, damaged files, full disks, a hanging engine, and a clock set back',
  { timeout: 1_800_000 },
  async () => {
    const outcomes = await runOtherFaults({ times: 1, seed: 1 })
    const noDisk = whyNoSmallDisk()
    process.stdout.write(`${report(outcomes)}\n${noDisk === undefined ? '' : `left out: full disks (${noDisk})\n`}`)
    expect(outcomes.filter((outcome) => !hasSurvived(outcome))).toEqual([])
    expect(outcomes.length).toBeGreaterThan(20)
  },
)
