/** The cost of one kind of operation. */
export interface Cost {
  calls: number
  seconds: number
}

/** A period of time: how long each stage lasted, and what its operations cost. */
export interface Section {
  readonly stages: ReadonlyMap<string, number>
  /** By stage, then by operation. */
  readonly operations: ReadonlyMap<string, ReadonlyMap<string, Cost>>
}

/**
 * Adds up where time goes. On a CPU, operations run one after the other and return when they are done, so an operation
 * takes as long as its call; the rest of a stage's time is JavaScript and waiting. `now` is in milliseconds.
 */
export function profiler(now: () => number = () => performance.now()) {
  let stages = new Map<string, number>()
  let operations = new Map<string, Map<string, Cost>>()
  let current = 'other'
  let since = now()

  function settle(): void {
    const time = now()
    stages.set(current, (stages.get(current) ?? 0) + (time - since) / 1000)
    since = time
  }

  return {
    /** Start a stage: everything that follows belongs to it. */
    enter(stage: string): void {
      settle()
      current = stage
    },
    /** Run an operation and count its time. `nameOf` receives its result, outside the measured time. */
    count<T>(nameOf: (result: T) => string, operation: () => T): T {
      const begin = now()
      const result = operation()
      const seconds = (now() - begin) / 1000
      const ofStage = operations.get(current) ?? new Map<string, Cost>()
      operations.set(current, ofStage)
      const name = nameOf(result)
      const cost = ofStage.get(name) ?? { calls: 0, seconds: 0 }
      ofStage.set(name, cost)
      cost.calls++
      cost.seconds += seconds
      return result
    },
    /** Everything since the last call; then start from zero. */
    section(): Section {
      settle()
      const section = { stages, operations }
      stages = new Map()
      operations = new Map()
      return section
    },
  }
}
export type Profiler = ReturnType<typeof profiler>
