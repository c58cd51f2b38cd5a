import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generators } from '../../main/common/random.ts'
import { endedWithin, errorComplaints, finalComplaints, type Outcome, standingComplaints } from './outcome.ts'
import { countIn, type Fault, type Operation, underCount, underFault } from './shim.ts'
import { newWorkload, type Result, resultOf, work } from './workload.ts'

const { deriveSeed, uniform } = generators.murmur

/** The part that identifies the paths of each place. */
const paths = { database: 'laurel.db', checkpoints: '/checkpoints/', models: '/models/M' } as const
type Place = keyof typeof paths

/** Which operations fail at which place, and with what error. */
const kinds: readonly (Pick<Fault, 'operation' | 'errno' | 'sticky'> & { readonly place: Place })[] = [
  { place: 'database', operation: 'read', errno: 'EIO' },
  { place: 'database', operation: 'write', errno: 'ENOSPC', sticky: true },
  { place: 'database', operation: 'write', errno: 'EIO' },
  { place: 'database', operation: 'fsync', errno: 'EIO' },
  { place: 'database', operation: 'open', errno: 'EACCES' },
  { place: 'checkpoints', operation: 'write', errno: 'ENOSPC', sticky: true },
  { place: 'checkpoints', operation: 'write', errno: 'EIO' },
  { place: 'checkpoints', operation: 'fsync', errno: 'EIO' },
  { place: 'checkpoints', operation: 'rename', errno: 'EIO' },
  { place: 'checkpoints', operation: 'mkdir', errno: 'EDQUOT' },
  { place: 'checkpoints', operation: 'open', errno: 'EMFILE' },
  { place: 'models', operation: 'read', errno: 'EIO' },
  { place: 'models', operation: 'write', errno: 'ENOSPC', sticky: true },
  { place: 'models', operation: 'write', errno: 'EIO' },
  { place: 'models', operation: 'fsync', errno: 'ENOSPC' },
  { place: 'models', operation: 'rename', errno: 'EIO' },
  { place: 'models', operation: 'mkdir', errno: 'ENOSPC' },
  { place: 'models', operation: 'open', errno: 'EACCES' },
]

/** An undisturbed run, and the number of operations of each kind at each place in it. */
export interface Counted {
  readonly result: Result
  readonly count: (place: Place, operation: Operation) => number
}

/** Run the workload undisturbed, once for each place; all runs must have the same result. */
export async function countOperations(): Promise<Counted> {
  const counters = new Map<Place, string>()
  const results: Result[] = []
  for (const place of Object.keys(paths) as Place[]) {
    const workload = await newWorkload()
    const counter = join(tmpdir(), `laurel-count-${process.pid}-${place}`)
    rmSync(counter, { force: true })
    const { code, stderr } = await work(workload, underCount(paths[place], counter)).ended
    if (code !== 0) throw new Error(`the undisturbed run failed: ${stderr}`)
    counters.set(place, counter)
    results.push(resultOf(workload))
    workload.remove()
  }
  const [result, ...others] = results
  if (others.some((other) => JSON.stringify(other.models) !== JSON.stringify(result.models))) throw new Error('undisturbed runs differ')
  const counts = new Map([...counters].map(([place, counter]) => [place, (operation: Operation) => countIn(counter, operation)]))
  const known = new Map<string, number>()
  for (const { place, operation } of kinds) known.set(`${place} ${operation}`, counts.get(place)!(operation))
  for (const counter of counters.values()) rmSync(counter, { force: true })
  return { result, count: (place, operation) => known.get(`${place} ${operation}`) ?? 0 }
}

/** Inject each kind of fault `times` times, at a seeded operation of its kind. */
export async function failOperations(
  times: number,
  seed: number,
  { result, count }: Counted,
  onOutcome: (outcome: Outcome) => void,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const [index, { place, operation, errno, sticky }] of kinds.entries()) {
    const total = count(place, operation)
    if (total === 0) throw new Error(`no ${operation} of ${place} in an undisturbed run, so this kind of fault tests nothing`)
    for (let time = 0; time < times; time++) {
      const nth = 1 + Math.floor(uniform(deriveSeed(seed, index), time) * total)
      const outcome = await failOnce(
        { operation, path: paths[place], errno, sticky, nth },
        place,
        `${nth} of ${total}, seed ${seed}`,
        result,
      )
      onOutcome(outcome)
      outcomes.push(outcome)
    }
  }
  return outcomes
}

async function failOnce(fault: Fault, place: Place, which: string, reference: Result): Promise<Outcome> {
  const workload = await newWorkload()
  const counter = join(workload.home, 'count')
  const end = await endedWithin(work(workload, underFault(fault, counter)), 300)
  const met = countIn(counter, fault.operation) >= fault.nth
  const complaints = [
    ...(met ? [] : ["the fault wasn't triggered"]),
    ...(end === undefined ? ['no end in 300 s'] : errorComplaints(end)),
    ...standingComplaints(workload),
    ...(await finalComplaints(workload, reference)),
  ]
  if (complaints.length === 0) workload.remove()
  const kind = `${fault.errno} at ${fault.operation} of ${place}${fault.sticky ? ', permanently' : ''}`
  return { kind, what: `${fault.operation} ${which}, ${workload.home}`, complaints }
}
