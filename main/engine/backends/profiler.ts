/** Stages of the numeric work that a profile distinguishes. */
export type Stage =
  | 'loading'
  | 'reference'
  | 'forward'
  | 'backward'
  | 'optimizer'
  | 'saving'
  | 'prefill'
  | 'decode'
  | 'sampling'
  | 'scoring'
  | 'other'

let listener: ((stage: Stage) => void) | null = null

/** Marks the start of a stage. Only a profiler listens, so otherwise this costs one null check. */
export const stage = (name: Stage): void => listener?.(name)

/** Set the listener for stages, or null for none. One listener is enough because an engine does one thing at a time. */
export function onStage(heard: ((stage: Stage) => void) | null): void {
  listener = heard
}
