import { failureLimits, type GuardCode } from '../shared/failure-signs.ts'
import type { TrainingRecipe } from '../shared/recipe.ts'
import { type RunEvent, runEvent, type StageName } from '../shared/run-events.ts'
import type { Store } from '../store/store.ts'
import { type RunContext, type Stage, warn } from './run-context.ts'

/** Warns about a preference training that would learn its pairs by heart. */
export function warnOfTraining(stage: Stage, pairs: number, { epochs }: Pick<TrainingRecipe, 'epochs'>): void {
  const tell = (code: GuardCode, text: string): void => warn(stage, code, text)
  if (pairs < failureLimits.pairs) {
    const found = pairs === 0 ? 'no pairs' : pairs === 1 ? 'only 1 pair' : `only ${pairs} pairs`
    tell('few-pairs', `Training has ${found}: with fewer than ${failureLimits.pairs}, a model learns them by heart.`)
  }
  if (epochs > failureLimits.epochs)
    tell('many-epochs', `Training takes ${epochs} epochs: with more than ${failureLimits.epochs}, a model learns its pairs by heart.`)
}

/** Where warnings appear that a run may stop on. */
interface Place {
  readonly iteration: number
  readonly stage: StageName
}

const isAt = ({ iteration, stage }: Place, event: Place): boolean => event.iteration === iteration && event.stage === stage

/**
 * Whether the run must stop after a stage, because the stage warned of something that the recipe stops on. Reads the store, so it doesn't
 * matter which session saw the warning. A run stops once at each place: its next start goes past it, with a note.
 */
export function stopsAfter({ store, runId, recipe, tell, signal }: RunContext, place: Place): boolean {
  const wanted: readonly string[] = recipe.guards.stop_on
  if (wanted.length === 0 || signal.aborted) return false
  const warnings = eventsOf(store, runId, 'warning').filter((event) => isAt(place, event) && wanted.includes(event.code))
  if (warnings.length === 0) return false
  const codes = [...new Set(warnings.map(({ code }) => code))]
  if (eventsOf(store, runId, 'guard-stop').some((event) => isAt(place, event))) {
    const text = `Continues past the warning that the run stopped on: ${codes.join(', ')}.`
    const isNoted = eventsOf(store, runId, 'note').some((event) => isAt(place, event) && event.text === text)
    if (!isNoted) tell({ kind: 'note', ...place, text })
    return false
  }
  const texts = [...new Set(warnings.map(({ text }) => text))]
  tell({ kind: 'guard-stop', ...place, codes, text: texts.join(' ') })
  return true
}

/** The warnings that a run stopped on, if nothing has happened since. */
export function guardStopOf(store: Store, runId: string): GuardStop | null {
  const newest = eventsOf(store, runId, 'guard-stop').at(-1)
  const running = eventsOf(store, runId, 'status').findLast(({ status }) => status === 'running')
  return newest !== undefined && (running === undefined || running.id < newest.id) ? newest : null
}

type Kind = 'warning' | 'note' | 'guard-stop' | 'status'
type GuardStop = Told<'guard-stop'>
type Told<Name extends Kind> = Extract<RunEvent, { kind: Name }> & { readonly id: number }

/** A run's events of one kind, oldest first. */
const eventsOf = <Name extends Kind>(store: Store, runId: string, kind: Name): Told<Name>[] =>
  store.events.ofKind(runId, kind).flatMap(({ id, event }) => {
    const read = runEvent.safeParse(event)
    return read.success ? [{ ...read.data, id } as Told<Name>] : []
  })
