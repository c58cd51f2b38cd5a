import { parseArgs } from 'node:util'
import { killRuns } from './kills.ts'
import { otherFaults, whyNoSmallDisk } from './other-faults.ts'
import { hasSurvived, type Outcome, report } from './outcome.ts'
import { whyNoShim } from './shim.ts'
import { countOperations, failOperations } from './storage-faults.ts'
import { newWorkload, type Result, resultOf, work } from './workload.ts'

/** How many faults to inject. */
export interface Extent {
  readonly kills: number
  /** How often to inject each other fault. */
  readonly times: number
  readonly seed: number
}

/** Only kills: two runs at a time, with one thread each. */
export async function runKills({ kills, seed }: Pick<Extent, 'kills' | 'seed'>, onOutcome: OnOutcome = () => {}): Promise<Outcome[]> {
  const reference = await undisturbed(2)
  const half = Math.ceil(kills / 2)
  const lanes = [killRuns(half, seed, reference, onOutcome), killRuns(kills - half, seed + 1, reference, onOutcome)]
  return (await Promise.all(lanes)).flat()
}

/** All other faults that can be injected on this machine. */
export async function runOtherFaults({ times, seed }: Pick<Extent, 'times' | 'seed'>, onOutcome: OnOutcome = () => {}): Promise<Outcome[]> {
  const counted = await countOperations()
  const lanes = [failOperations(times, seed, counted, onOutcome), otherFaults(times, seed, counted.result, onOutcome)]
  return (await Promise.all(lanes)).flat()
}

type OnOutcome = (outcome: Outcome) => void

async function undisturbed(iterations: number): Promise<Result> {
  const workload = await newWorkload({ iterations })
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
  if (obstacle !== undefined) throw new Error(`Couldn't inject faults: ${obstacle}.`)
  const noDisk = whyNoSmallDisk()
  if (noDisk !== undefined) process.stdout.write(`skipped: full disks (${noDisk})\n`)
  const began = performance.now()
  let done = 0
  const told = (outcome: Outcome): void => {
    done++
    const minutes = ((performance.now() - began) / 60_000).toFixed(1)
    const verdict = hasSurvived(outcome) ? 'survived' : 'NOT SURVIVED'
    process.stderr.write(`${minutes} min  ${done}  ${verdict}  ${outcome.kind}, ${outcome.what}\n`)
    for (const complaint of outcome.complaints) process.stderr.write(`    ${complaint}\n`)
  }
  const outcomes = [...(await runKills(extent, told)), ...(await runOtherFaults(extent, told))]
  process.stdout.write(`${report(outcomes)}\n`)
  process.exitCode = outcomes.every(hasSurvived) ? 0 : 1
}
