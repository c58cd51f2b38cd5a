import { generators } from '../../main/common/random.ts'
import { endedWithin, finalComplaints, type Outcome, standingComplaints, until } from './outcome.ts'
import { acknowledgedRows, childrenOf, isRunning, newWorkload, placeOf, type Result, type Work, type Workload, work } from './workload.ts'

const { deriveSeed, uniform } = generators.murmur

/** Every stage of every iteration that computes or stores something. */
const places = [
  ...['0 seed-data', '0 baseline', '0 eft', '0 train', '0 evaluate'],
  ...[1, 2].flatMap((iteration) =>
    ['prompts', 'candidates', 'judgements', 'pairs', 'train', 'evaluate'].map((stage) => `${iteration} ${stage}`),
  ),
]
const victims = ['engine', 'main', 'both'] as const

/** The longest time from the start of a stage to the kill, milliseconds. */
const spread = 400

/**
 * SIGKILL the engine, main, or both, targeting each stage in turn at a seeded moment, until `count` kills have hit a running run. A run is resumed
 * after each kill; when it ends, its rows and models must be those of an undisturbed run.
 */
export async function killRuns(count: number, seed: number, reference: Result, onOutcome: (outcome: Outcome) => void): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  while (outcomes.length < count) {
    const workload = await newWorkload({ iterations: 2 })
    const here = await killOneRun(workload, outcomes.length, count, seed, reference)
    for (const outcome of here) onOutcome(outcome)
    outcomes.push(...here)
    if (here.every(({ complaints }) => complaints.length === 0)) workload.remove()
  }
  return outcomes
}

async function killOneRun(workload: Workload, first: number, count: number, seed: number, reference: Result): Promise<Outcome[]> {
  const kills: Outcome[] = []
  const acknowledged: Result['rows'][] = []
  for (let target = 0; first + kills.length < count; ) {
    const process = work(workload)
    const number = first + kills.length
    const met = await reach(workload, process, target)
    if (met === undefined) break // it has finished or failed; the final check decides
    const victim = victims[Math.floor(uniform(deriveSeed(seed, number), 1) * victims.length)]
    await until(() => !isRunning(process.child.pid!), (uniform(deriveSeed(seed, number), 2) * spread) / 1000)
    const complaints = await kill(process, victim)
    complaints.push(...standingComplaints(workload))
    acknowledged.push(acknowledgedRows(workload.home))
    kills.push({ kind: `kill -9 of ${victim}`, what: `seed ${seed}, kill ${number}, at ${places[met]} of ${workload.home}`, complaints })
    target = met + 1
  }
  const final = await finalComplaints(workload, reference, acknowledged)
  return kills.map((outcome) => ({ ...outcome, complaints: [...outcome.complaints, ...final] }))
}

/** Wait until the run reaches the place with this index or a later one, and return its index; undefined if the work ended before. */
async function reach({ home }: Workload, { child }: Work, target: number): Promise<number | undefined> {
  let at = -1
  await until(() => {
    at = places.indexOf(placeOf(home) ?? '')
    return at >= target || child.exitCode !== null
  }, 300)
  return child.exitCode === null && at >= target ? at : undefined
}

/** Kill, and wait until both main and the engine are gone. */
async function kill({ child, ended }: Work, victim: (typeof victims)[number]): Promise<string[]> {
  const engines = childrenOf(child.pid!)
  if (victim !== 'main') for (const pid of engines) end(pid)
  if (victim !== 'engine' || engines.length === 0) end(child.pid!)
  const complaints: string[] = []
  if ((await endedWithin({ child, ended }, 60)) === undefined) complaints.push('main did not end within 60 s after its engine')
  if (!(await until(() => engines.every((pid) => !isRunning(pid)), 20))) complaints.push('the engine outlived main by more than 20 s')
  return complaints
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it has already ended
  }
}
