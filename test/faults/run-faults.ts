import { parseArgs } from 'node:util'
import { killRuns } from './kills.ts'
import { otherFaults, whyNoSmallDisk } from './other-faults.ts'
import { hasSurvived, type Outcome, report } from './outcome.ts'
import { whyNoShim } from './shim.ts'
import { countOperations, failOperations } from './storage-faults.ts'
import { newWorkload, type Result, resultOf, work } from './workload.ts'

/** How much is injected. */
export interface Extent {
  readonly kills: number
  /** How often each other fault. */
  readonly times: number
  readonly seed: number
}

/** Injects all faults that can be injected here; each outcome is told as it comes. */
export async function runFaults({ kills, times, seed }: Extent, onOutcome: (outcome: Outcome) => void = () => {}): Promise<Outcome[]> {
  const counted = await countOperations()
  return [
    ...(await killRuns(kills, seed, await undisturbed(2), onOutcome)),
    ...(await failOperations(times, seed, counted, onOutcome)),
    ...(await otherFaults(times, seed, counted.result, onOutcome)),
  ]
}

async function undisturbed(iterations: number): Promise<Result> {
  const workload = newWorkload({ iterations })
  const { code, stderr } = await work(workload).ended
  if (code !== 0) throw new Error(`the undisturbed run failed: ${stderr}`)
  const result = resultOf(workload)
  workload.remove()
  return result
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { kills: { type: 'string' }, times: { type: 'string' }, seed: { type: 'string' } } })
  const extent = { kills: Number(values.kills ?? 200), times: Number(values.times ?? 5), seed: Number(values.seed ?? 1) }
  const obstacle = whyNoShim()
  if (obstacle !== undefined) throw new Error(`Faults can't be injected: ${obstacle}.`)
  const noDisk = whyNoSmallDisk()
  if (noDisk !== undefined) process.stdout.write(`left out: full disks (${noDisk})\n`)
  const began = performance.now()
  let done = 0
  const outcomes = await runFaults(extent, (outcome) => {
    done++
    const minutes = ((performance.now() - began) / 60_000).toFixed(1)
    process.stderr.write(
      `${minutes} min  ${done}  ${hasSurvived(outcome) ? 'survived' : 'NOT SURVIVED'}  ${outcome.kind}, ${outcome.what}\n`,
    )
  })
  process.stdout.write(`${report(outcomes)}\n`)
  process.exitCode = outcomes.every(hasSurvived) ? 0 : 1
}
