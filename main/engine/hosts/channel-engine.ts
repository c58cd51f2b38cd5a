import { z } from 'zod'
import { asyncQueue } from '../../common/async-queue.ts'
import { describeIssues } from '../../common/describe-issues.ts'
import * as protocol from '../../shared/engine-protocol.ts'
import { fromErrorValue, LaurelError, stopped } from '../../shared/errors.ts'
import { measurement } from '../../shared/measurement.ts'
import { rowLength, rowTokens } from '../../shared/training-rows.ts'
import type { Beat } from '../beat.ts'
import type { Engine, GenerateOptions, RowOptions, TrainOptions } from './engine.ts'
import { engineWatch, type Patience } from './engine-watch.ts'

/** Items streamed by generation and scoring. */
const generated = z.union([protocol.generatePiece, protocol.leftOutRow, protocol.generateItem])
const scored = z.union([protocol.leftOutRow, protocol.scoreItem])

/** A connection to an engine process of any kind. */
export interface EngineChannel {
  send(message: protocol.Request): void
  onMessage(listener: (message: unknown) => void): void
  /** The engine is gone; `loss` says why. Called at most once. */
  onLost(listener: (loss: LaurelError) => void): void
  /** Ends the process: gracefully if it still responds, otherwise by force. */
  close(shutdown: () => Promise<void>): Promise<void>
  /** Heartbeats, if the channel has them. */
  onBeat?(listener: (beat: Beat) => void): void
  /** Kills the process. */
  kill?(): void
}

interface ChannelOptions {
  readonly onLog?: (text: string) => void
  readonly patience?: Patience
}

interface PendingCall {
  onItems(items: unknown[]): void
  onDone(result: unknown): void
  onFailed(error: unknown): void
  /** Asked to stop, so losing the engine counts as stopping it. */
  isStopping?: boolean
}

type ParamsOf<M extends protocol.Method> = Extract<protocol.Request, { method: M }>['params']

const tokenIdRows = z.array(z.array(z.int()))

/**
 * The engine at the other end of a channel. Every reply is validated against the protocol. If the engine dies, all calls in flight and all
 * later calls fail with the channel's reason, except that calls asked to stop end as stopped. A hung engine is killed (`engineWatch`).
 *
 * Results are buffered here until read: at most those of the requests in flight, since the channel applies backpressure.
 */
export function channelEngine(channel: EngineChannel, { onLog = () => {}, patience }: ChannelOptions = {}): Engine {
  const pending = new Map<number, PendingCall>()
  let lost: LaurelError | undefined
  let closing: Promise<void> | undefined
  let lastId = 0

  channel.onMessage((message) => {
    watch?.heard()
    const parsed = protocol.reply.safeParse(message)
    if (!parsed.success) return failAll(foreignReply(parsed.error))
    receive(parsed.data)
  })
  channel.onLost(lose)
  const watch =
    channel.onBeat &&
    engineWatch({
      state: () => {
        const calls = [...pending.values()]
        return { isBusy: calls.length > 0, isStopping: calls.some(({ isStopping }) => isStopping) }
      },
      onGone: (reason) => {
        channel.kill?.()
        lose(reason)
      },
      ...(patience && { limits: patience }),
    })
  if (watch) channel.onBeat?.(watch.beat)

  function lose(loss: LaurelError): void {
    watch?.end()
    lost ??= loss
    failAll(lost)
  }

  function receive(reply: protocol.Reply): void {
    if (reply.kind === 'log') onLog(reply.text)
    const call = pending.get(reply.id)
    if (!call || reply.kind === 'log') return
    if (reply.kind !== 'items') pending.delete(reply.id)
    if (reply.kind === 'items') call.onItems(reply.items)
    if (reply.kind === 'done') call.onDone(reply.result)
    if (reply.kind === 'failed') call.onFailed(fromErrorValue(reply.error))
  }

  function failAll(error: LaurelError): void {
    const calls = [...pending.values()]
    pending.clear()
    for (const call of calls) call.onFailed(call.isStopping ? stopped() : error)
  }

  function send<M extends protocol.Method>(method: M, params: ParamsOf<M>, call: PendingCall): number {
    const id = ++lastId
    if (lost) {
      call.onFailed(lost)
      return id
    }
    pending.set(id, call)
    channel.send({ id, method, params } as protocol.Request)
    return id
  }

  const ask = <M extends protocol.Method, T>(method: M, params: ParamsOf<M>, result: z.ZodType<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      const onDone = (value: unknown) => {
        const parsed = result.safeParse(value)
        if (parsed.success) resolve(parsed.data)
        else reject(foreignReply(parsed.error))
      }
      send(method, params, { onItems: () => {}, onDone, onFailed: reject })
    })

  function cancel(target: number): void {
    const call = pending.get(target)
    if (call) call.isStopping = true
    ask('cancel', { target }, z.unknown()).catch(() => {})
  }
  const conclude = (target: number): void => void ask('conclude', { target }, z.unknown()).catch(() => {})

  async function* stream<M extends 'generate' | 'score' | 'train' | 'writeModel', T>(
    method: M,
    params: ParamsOf<M>,
    item: z.ZodType<T>,
    { signal, conclude: early }: TrainOptions = {},
  ): AsyncGenerator<T> {
    if (signal?.aborted) throw stopped()
    const items = asyncQueue<T>()
    let ended = false
    const end = (finish: () => void) => {
      ended = true
      finish()
    }
    const id = send(method, params, {
      onItems(values) {
        const parsed = z.array(item).safeParse(values)
        if (parsed.success) return items.push(parsed.data)
        end(() => items.fail(foreignReply(parsed.error)))
        cancel(id)
      },
      onDone: () => end(items.end),
      onFailed: (error) => end(() => items.fail(error)),
    })
    const stop = () => cancel(id)
    const endEarly = () => conclude(id)
    signal?.addEventListener('abort', stop, { once: true })
    early?.addEventListener('abort', endEarly, { once: true })
    if (early?.aborted) endEarly()
    try {
      yield* items
    } finally {
      signal?.removeEventListener('abort', stop)
      early?.removeEventListener('abort', endEarly)
      if (!ended) cancel(id) // the reader left early: don't compute the rest
    }
  }

  async function* generate(params: Omit<protocol.GenerateParams, 'stream' | 'leaveOut'>, options: GenerateOptions = {}) {
    const { onPiece, onLeftOut, signal } = options
    const asked = { ...params, ...(onPiece && { stream: true }), ...(onLeftOut && { leaveOut: true }) }
    for await (const item of stream('generate', asked, generated, { signal })) {
      if ('piece' in item) onPiece?.(item)
      else if ('leftOut' in item) onLeftOut?.(item)
      else yield item
    }
  }

  async function* score(params: Omit<protocol.ScoreParams, 'leaveOut'>, { onLeftOut, signal }: RowOptions = {}) {
    const asked = { ...params, ...(onLeftOut && { leaveOut: true }) }
    for await (const item of stream('score', asked, scored, { signal })) {
      if ('leftOut' in item) onLeftOut?.(item)
      else yield item
    }
  }

  return {
    info: () => ask('info', {}, protocol.engineInfo),
    usage: () => ask('usage', {}, protocol.engineUsage),
    measure: () => ask('measure', {}, measurement),
    load: (model) => ask('load', { model }, protocol.modelInfo),
    unload: async (model) => void (await ask('unload', { model }, z.unknown())),
    describe: (model) => ask('describe', { model }, protocol.modelShape),
    lengths: (params) => ask('lengths', params, z.array(rowLength)),
    rowTokens: (params) => ask('rowTokens', params, z.array(rowTokens)),
    tokenize: (params) => ask('tokenize', params, tokenIdRows),
    render: (params) => ask('render', params, z.string()),
    generate: (params, options?: GenerateOptions) => generate(params, options),
    score: (params, options?: RowOptions) => score(params, options),
    train: (params, options?: TrainOptions) => stream('train', params, protocol.trainItem, options),
    writeModel: (params, options) => stream('writeModel', params, protocol.writtenBytes, options),
    close() {
      closing ??= channel.close(async () => {
        for (const call of pending.values()) call.isStopping = true
        await ask('shutdown', {}, z.unknown())
      })
      return closing
    },
  }
}

const foreignReply = (error: z.ZodError): LaurelError =>
  new LaurelError(
    'INTERNAL',
    `The engine's reply doesn't match the protocol: ${describeIssues(error)}`,
    'This is a bug in Laurel. Please report it.',
  )
