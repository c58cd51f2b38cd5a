import { expect } from 'vitest'
import { whyNoSmallDisk } from '../faults/other-faults.ts'
import { hasSurvived, report } from '../faults/outcome.ts'
import { runFaults } from '../faults/run-faults.ts'
import { whyNoShim } from '../faults/shim.ts'
import { nativeLibrary, needing } from '../support/needs.ts'

const noShim = whyNoShim()

/** The short form of `npm run test:faults`. */
needing(nativeLibrary, { isMet: noShim === undefined, reason: noShim ?? '' }).test(
  '20 kills, each failing file operation, damaged files, a full disk, a hanging engine and a clock turned back: each is survived',
  { timeout: 1_800_000 },
  async () => {
    const outcomes = await runFaults({ kills: 20, times: 1, seed: 1 })
    const noDisk = whyNoSmallDisk()
    process.stdout.write(`${report(outcomes)}\n${noDisk === undefined ? '' : `left out: full disks (${noDisk})\n`}`)
    expect(outcomes.filter((outcome) => !hasSurvived(outcome))).toEqual([])
    expect(outcomes.length).toBeGreaterThan(40)
  },
)
