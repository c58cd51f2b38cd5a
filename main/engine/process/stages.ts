/** Parts of the numeric work, as a profile tells them apart. */
export type Stage =
  | 'loading'
  | 'reference'
  | 'forward'
  | 'backward'
  | 'optimiser'
  | 'saving'
  | 'prefill'
  | 'decode'
  | 'sampling'
  | 'scoring'
  | 'other'

let listener: ((stage: Stage) => void) | null = null

/** Says that what follows belongs to this stage, until the next call says otherwise. Nobody listens but a profiler, so it costs a null check. */
export const stage = (name: Stage): void => listener?.(name)

/** Who is told of stages (null: nobody). One listener: engines work on one thing at a time. */
export function onStage(heard: ((stage: Stage) => void) | null): void {
  listener = heard
}
