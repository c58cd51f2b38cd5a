import { isActive, type RunListing } from '../../main/shared/contract/runs-contract.ts'
import { places } from '../components/places.ts'
import { stageAt } from '../components/stage-words.ts'

/** What the window's title and icon show of runs. */
export interface RunSign {
  /** For example "62% Judging · Demo". */
  readonly text: string
  /** Progress of the current stage, from 0 to 1; null: unknown, or nothing is in progress. */
  readonly share: number | null
}

type SignedRun = Pick<RunListing, 'id' | 'name' | 'status' | 'stage' | 'iteration'>

/** A run at work, else one that waits for its user; null: neither. `shareOf` is the progress of a run's current stage. */
export function runSign(runs: readonly SignedRun[], shareOf: (runId: string) => number | null): RunSign | null {
  const atWork = runs.find(({ status }) => isActive(status))
  if (atWork !== undefined) {
    const share = shareOf(atWork.id)
    const percent = share === null ? [] : [`${Math.floor(100 * share)}%`]
    const stage = atWork.stage === null ? 'Starting' : stageAt(atWork.stage, atWork.iteration)
    return { text: `${[...percent, stage].join(' ')} · ${atWork.name}`, share }
  }
  const waiting = runs.find(({ status }) => status === 'waiting-for-review')
  return waiting === undefined ? null : { text: `Pairs to review · ${waiting.name}`, share: null }
}

/** The title of the window at a path: what runs do, then the page, by the name of its run if it is one's. */
export function windowTitle(path: string, sign: RunSign | null, runs: readonly Pick<RunListing, 'id' | 'name'>[] = []): string {
  const place = places.find((one) => path === one.path || path.startsWith(`${one.path}/`))
  const view = place?.views?.find((one) => path === one.path && path !== place.path)
  const run = runs.find(({ id }) => path.endsWith(`/${id}`))
  return [sign?.text, run?.name ?? view?.name, path === '/prompt' ? 'Prompt' : place?.name, 'Laurel']
    .filter((part) => part !== undefined)
    .join(' - ')
}
