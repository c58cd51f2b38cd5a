import type { Engine } from '../engine/hosts/engine.ts'
import type { Measurement } from '../engine/measurement.ts'
import type { EngineInfo } from '../engine/protocol.ts'

/** How fast the machine is, and how far that can be trusted. */
export interface MachineSpeed {
  readonly info: EngineInfo
  readonly speed: Measurement
  /** Other work of Laurel's used the processor meanwhile, so the machine is faster than this when it is at rest. */
  readonly disturbed: boolean
}

export interface SpeedOptions {
  /** Names the runtime pack that engines are started with now; another name means another speed. */
  readonly runtime?: () => string
  /** Whether a run or an evaluation is at work. */
  readonly isBusy?: () => boolean
  readonly now?: () => number
}

const rounds = 3
/** After so many milliseconds the machine is measured again: it may have been busy with something else. */
const staleMs = 10 * 60_000

/**
 * The machine's speed, measured several times, the best taken: what disturbs a measurement only makes it slower. It is measured again when it is
 * stale, when the runtime has changed, and when a run was at work the last time but isn't now; while one is, a known speed is kept.
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
