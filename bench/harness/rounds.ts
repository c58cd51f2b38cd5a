import type { Case, Context, Outcome, Side } from './benchmark.ts'
import { currentLoad, foreignWork } from './machine.ts'

/** One run of one side. */
export interface Run extends Outcome {
  /** The load average of the minute before it, which includes the previous run. */
  readonly load: number
  /** The share of the processors that other work used just before it. */
  readonly foreign: number
  readonly seconds: number
}

/** All runs of one side in one case. */
export interface SideRuns {
  readonly side: string
  readonly runs: readonly Run[]
}

/**
 * A B A B ...: the sides take turns, so that a machine that gets slower or faster affects both. One at a time, each in a fresh process.
 */
export async function runRounds<Size extends string>(
  { sides }: Pick<Case<Size>, 'sides'>,
  rounds: number,
  context: Context<Size>,
  report: (side: Side<Size>, round: number, run: Run) => void = () => {},
  quiet: () => Promise<number> = foreignWork,
): Promise<SideRuns[]> {
  const runs = sides.map(({ name }) => ({ side: name, runs: [] as Run[] }))
  for (let round = 0; round < rounds; round++) {
    for (const [i, side] of sides.entries()) {
      const load = currentLoad()
      const foreign = await quiet()
      const begin = performance.now()
      const outcome = await side.run(context)
      const run = { ...outcome, load, foreign, seconds: (performance.now() - begin) / 1000 }
      runs[i].runs.push(run)
      report(side, round, run)
    }
  }
  return runs
}
