import type { Engine } from '../../engine/hosts/engine.ts'
import type { EngineInfo } from '../../shared/engine-protocol.ts'
import type { Measurement } from '../../shared/measurement.ts'

/** The machine's measured speed and its reliability. */
export interface MachineSpeed {
  readonly info: EngineInfo
  readonly speed: Measurement
  /** Other work in Laurel used the processor during the measurement, so the idle machine is faster than this. */
  readonly disturbed: boolean
}

export interface SpeedOptions {
  /** Name of the runtime pack that engines use now; another one means another speed. */
  readonly runtime?: () => string
  /** Whether a run or an evaluation is running. */
  readonly isBusy?: () => boolean
  readonly now?: () => number
}

const rounds = 3
/** Milliseconds after which to measure again: the machine may have been busy. */
const staleMs = 10 * 60_000

/**
 * Measures the machine's speed, taking the best of several attempts, since interference only slows it down. Measures again when the result
 * is stale, when the runtime has changed, and when a run was active during the measurement but isn't now. During a run, keeps a known
 * speed.
 */
export function machineSpeeds({ runtime = () => '', isBusy = () => false, now = Date.now }: SpeedOptions = {}) {
  let known: (MachineSpeed & { readonly key: string; readonly at: number }) | undefined
  let pending: Promise<MachineSpeed> | undefined

  async function measured(engine: Engine, key: string): Promise<MachineSpeed> {
    const info = await engine.info()
    const before = known?.key === key && !known.disturbed ? known.speed : undefined
    let speed = before
    const wasBusy = isBusy()
    for (let round = 0; round < rounds; round++) speed = better(speed, await engine.measure())
    known = { key, at: now(), info, speed: speed!, disturbed: before === undefined && (wasBusy || isBusy()) }
    return known
  }

  return async (engine: Engine): Promise<MachineSpeed> => {
    const key = runtime()
    if (known !== undefined && known.key === key) {
      const isFresh = now() - known.at < staleMs && !known.disturbed
      if (isFresh || isBusy()) return known
    }
    pending ??= measured(engine, key).finally(() => {
      pending = undefined
    })
    return pending
  }
}

function better(one: Measurement | undefined, other: Measurement): Measurement {
  if (one === undefined) return other
  const half = Math.max(one.bfloat16Gflops ?? 0, other.bfloat16Gflops ?? 0)
  return { float32Gflops: Math.max(one.float32Gflops, other.float32Gflops), bfloat16Gflops: half > 0 ? half : null }
}
