import { stopped } from '../../shared/errors.ts'
import type { Engine } from './engine.ts'

/**
 * An engine for stoppable work: once the signal aborts, short calls (dimensions, token ids) fail with STOPPED instead of waiting for an
 * engine that may be hung. Streaming calls take their own signal. The engine's owner closes it, which also ends a hung one.
 */
export function stoppableEngine(engine: Engine, signal: AbortSignal): Engine {
  const aborted = new Promise<never>((_resolve, reject) => {
    const refuse = (): void => reject(stopped())
    if (signal.aborted) refuse()
    else signal.addEventListener('abort', refuse, { once: true })
  })
  aborted.catch(() => {}) // aborted while no call is pending
  const ask =
    <Args extends unknown[], Value>(question: (...args: Args) => Promise<Value>) =>
    (...args: Args): Promise<Value> =>
      Promise.race([question(...args), aborted])
  return {
    ...engine,
    info: ask(engine.info),
    measure: ask(engine.measure),
    load: ask(engine.load),
    describe: ask(engine.describe),
    lengths: ask(engine.lengths),
    rowTokens: ask(engine.rowTokens),
    tokenize: ask(engine.tokenize),
    render: ask(engine.render),
  }
}
