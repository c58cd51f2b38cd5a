import { AsyncLocalStorage } from 'node:async_hooks'

/** A piece of work that outlives a single call (a run, an evaluation), with a way to fail it from outside. */
interface WorkScope {
  readonly what: string // 'run r-7f3kq'
  fail(error: unknown): void
}

const scopes = new AsyncLocalStorage<WorkScope>()

/** Everything that `work` starts belongs to the scope, even if it isn't awaited. */
export const runInScope = <Value>(scope: WorkScope, work: () => Value): Value => scopes.run(scope, work)

let onStray: ((error: unknown) => void) | undefined

function failOwner(error: unknown): void {
  const owner = scopes.getStore()
  if (owner !== undefined) owner.fail(error)
  else onStray?.(error)
}

/**
 * From now on, an uncaught error fails only the work that it belongs to; `stray` is called with errors that belong to none. A second call replaces
 * `stray`.
 */
export function guardProcess(stray: (error: unknown) => void): void {
  if (!process.listeners('unhandledRejection').includes(failOwner)) process.on('unhandledRejection', failOwner)
  if (!process.listeners('uncaughtException').includes(failOwner)) process.on('uncaughtException', failOwner)
  onStray = stray
}
