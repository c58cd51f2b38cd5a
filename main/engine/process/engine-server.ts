import { z } from 'zod'
import { interruptible } from '../../common/interruptible.ts'
import { type EngineInfo, type Reply, type Request, request as requestSchema } from '../../shared/engine-protocol.ts'
import { LaurelError, stopped, toErrorValue } from '../../shared/errors.ts'
import { checkDevice, deviceFailure, onDeviceFailure } from '../backends/device-state.ts'
import { progressed } from '../backends/pulse.ts'
import { type QueuedRequest, requestHandlers } from './handlers.ts'
import { withMemoryRemedy } from './memory-remedy.ts'
import type { Numerics, ServedModel } from './numerics.ts'
import { resultBatches } from './result-batcher.ts'
import type { Transport } from './transport.ts'

interface ServerOptions<Model extends ServedModel> {
  readonly transport: Transport
  readonly numerics: Numerics<Model>
  /**
   * Starts the backend; called once, by the first request that computes. Models are served in the precision it reports; a training has its
   * own, in its config.
   */
  readonly startBackend: () => Promise<EngineInfo>
  /** All work has stopped and the reply to `shutdown` is sent: the process may exit. */
  readonly onShutdown: () => void
  /** The accelerator failed and all calls are answered: the process must exit, so that the next call starts another. */
  readonly onFailure?: (failure: LaurelError) => void
}

interface QueuedCall {
  readonly request: QueuedRequest
  readonly abort: AbortController
  /** Makes a training end early and keep its model. */
  readonly conclude: AbortController
}

/**
 * Server side of the protocol. Requests run one at a time, in order of arrival, because there is only one accelerator. `cancel`, `conclude`
 * and `usage` are answered immediately even during a request (work yields to the event loop between units), and so is `shutdown`, which
 * first cancels everything.
 */
export function serve<Model extends ServedModel>({
  transport,
  numerics,
  startBackend,
  onShutdown,
  onFailure = () => {},
}: ServerOptions<Model>): void {
  const handlers = requestHandlers(numerics, startBackend)
  const calls: QueuedCall[] = [] // the first one is running
  let working: Promise<void> | undefined

  const reply = (message: Reply): Promise<void> => transport.send(message)
  const done = (id: number, result: unknown = null): Promise<void> => reply({ id, kind: 'done', result })
  const failed = (id: number, thrown: unknown): Promise<void> => reply({ id, kind: 'failed', error: toErrorValue(thrown) })

  transport.onMessage((message) => {
    const parsed = requestSchema.safeParse(message)
    if (parsed.success) void receive(parsed.data)
    else
      void failed(idOf(message), new LaurelError('INTERNAL', z.prettifyError(parsed.error), 'This is a bug in Laurel. Please report it.'))
  })

  async function receive(request: Request): Promise<void> {
    switch (request.method) {
      case 'usage':
        return done(request.id, handlers.usage())
      case 'cancel':
        cancel(request.params.target)
        return done(request.id)
      case 'conclude':
        calls.find(({ request: { id } }) => id === request.params.target)?.conclude.abort()
        return done(request.id)
      case 'shutdown':
        for (const {
          request: { id },
        } of calls.toReversed())
          cancel(id)
        await working
        await done(request.id)
        return onShutdown()
      default:
        calls.push({ request, abort: new AbortController(), conclude: new AbortController() })
        working ??= work()
    }
  }

  /** A running request stops at its next unit; a queued one is rejected immediately. */
  function cancel(target: number): void {
    const index = calls.findIndex(({ request }) => request.id === target)
    if (index === 0) calls[0].abort.abort()
    if (index > 0) {
      calls.splice(index, 1)
      void failed(target, stopped())
    }
  }

  async function work(): Promise<void> {
    for (let call = calls[0]; call; call = calls[0]) {
      await perform(call)
      calls.shift()
      const failure = deviceFailure()
      if (failure !== undefined) return end(failure)
    }
    working = undefined
  }

  /** Nothing more can be computed here. */
  async function end(failure: LaurelError): Promise<void> {
    await Promise.all(calls.splice(0).map(({ request: { id } }) => failed(id, failure)))
    onFailure(failure)
  }
  onDeviceFailure((failure) => {
    if (working === undefined) void end(failure) // otherwise the call that is running ends first
  })

  async function perform({ request, abort, conclude }: QueuedCall): Promise<void> {
    const { id } = request
    const items = resultBatches((batch) => reply({ id, kind: 'items', items: batch }))
    const { interrupt, orInterrupted } = interruptible() // work may wait for a device that no longer answers
    const stopListening = onDeviceFailure(interrupt)
    try {
      const answer = handlers.answer(request, { signal: abort.signal, conclude: conclude.signal })
      const advance = () => orInterrupted(answer.next())
      let next = await advance()
      while (!next.done) {
        progressed()
        await items.push(next.value)
        next = await advance()
      }
      checkDevice()
      await items.flush()
      await done(id, next.value)
    } catch (thrown) {
      await items.flush() // don't lose finished items
      await failed(id, withMemoryRemedy(deviceFailure() ?? thrown, request))
    } finally {
      stopListening()
    }
  }
}

function idOf(message: unknown): number {
  const id = (message as { id?: unknown } | null)?.id
  return Number.isInteger(id) ? (id as number) : -1
}
