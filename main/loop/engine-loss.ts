import { toErrorValue } from '../shared/errors.ts'
import { type RunEvent, type StageName, stageName } from '../shared/run-events.ts'

/** Notices whether a run gets further: it enters a stage for the first time, or completes more units or steps of one than ever before. */
export function runAdvance() {
  const furthest = new Map<string, number>()
  let hasAdvanced = false
  let place: { iteration: number; stage: StageName } = { iteration: 0, stage: 'seed-data' }

  function reach(name: string, done: number): void {
    const key = `${place.iteration} ${place.stage} ${name}`
    if (done <= (furthest.get(key) ?? -1)) return
    furthest.set(key, done)
    hasAdvanced = true
  }

  return {
    hear(event: RunEvent): void {
      if (!('stage' in event)) return
      place = { iteration: event.iteration, stage: stageName.parse(event.stage) }
      if (event.kind === 'stage-started') reach('', 0)
      if (event.kind === 'progress') reach(event.what, event.done)
      if (event.kind === 'training-step') reach(event.model, event.step)
    },
    /** Whether it got further since this was asked last. */
    take(): boolean {
      const answer = hasAdvanced
      hasAdvanced = false
      return answer
    },
    /** The warning that its engine was lost there and that another one continues. */
    warning(error: unknown): RunEvent {
      const [reason] = toErrorValue(error).message.split('\n')
      const text = `${reason.replace(/[.:]*$/, '.')} The run continues in a new engine. If this happens at the same place again, it stops.`
      return { kind: 'warning', ...place, code: 'engine-lost', text }
    },
  }
}
