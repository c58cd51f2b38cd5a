import { stopped } from '../../common/errors.ts'
import type { Engine } from './engine.ts'

/**
 * The engine for work that a signal may stop: from then on its short questions (sizes, token ids) fail with STOPPED instead of waiting for an engine that
 * may hang. What streams has a signal of its own. Whoever started the engine closes it, and that ends one that hangs.
 */
export function stoppableEngine(engine: Engine, signal: AbortSignal): Engine {
  const aborted = new Promise<never>((_resolve, reject) => {
    const refuse = (): void => reject(stopped())
    if (signal.aborted) refuse()
    else signal.addEventListener('abort', refuse, { once: true })
  })
  aborted.catch(() => {}) // it may be stopped while no question is open
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
