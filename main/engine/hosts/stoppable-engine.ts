import { interruptible } from '../../common/interruptible.ts'
import { stopped } from '../../shared/errors.ts'
import type { Engine } from './engine.ts'

/**
 * An engine for stoppable work: once the signal aborts, short calls (dimensions, token ids) fail with STOPPED instead of waiting for an
 * engine that may be hung. Streaming calls take their own signal. The engine's owner closes it, which also ends a hung one.
 */
export function stoppableEngine(engine: Engine, signal: AbortSignal): Engine {
  const { interrupt, orInterrupted } = interruptible()
  const stop = (): void => interrupt(stopped())
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  const ask =
    <Args extends unknown[], Value>(question: (...args: Args) => Promise<Value>) =>
    (...args: Args): Promise<Value> =>
      orInterrupted(question(...args))
  return {
    ...engine,
    info: ask(engine.info),
    ...(engine.requestRows && { requestRows: ask(engine.requestRows) }),
    measure: ask(engine.measure),
    load: ask(engine.load),
    describe: ask(engine.describe),
    lengths: ask(engine.lengths),
    rowTokens: ask(engine.rowTokens),
    tokenize: ask(engine.tokenize),
    render: ask(engine.render),
  }
}
