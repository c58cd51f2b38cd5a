import { setImmediate as nextTurn } from 'node:timers/promises'
import { stopped } from '../shared/errors.ts'

/** How long steps may take before the event loop turns, milliseconds. */
const turnMs = 20

/** Does all steps and returns what they come to. */
export function runSteps<Result>(steps: Generator<void, Result>): Result {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/**
 * The same in turns with other work, such as what windows ask for: for steps that take minutes together. Throws STOPPED once the signal is
 * aborted.
 */
export async function inTurns<Result>(steps: Generator<void, Result>, signal?: AbortSignal): Promise<Result> {
  for (let since = performance.now(); ; ) {
    const { done, value } = steps.next()
    if (done) return value
    if (performance.now() - since < turnMs) continue
    await nextTurn()
    if (signal?.aborted) throw stopped()
    since = performance.now()
  }
}
