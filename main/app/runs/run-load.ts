import { availableParallelism, totalmem } from 'node:os'
import { type GpuLoad, gpuLoads } from '../../common/nvidia-gpus.ts'
import type { LoadSample, RunLoad } from '../../shared/contract/run-load-contract.ts'
import type { EngineUsage } from '../../shared/engine-protocol.ts'

/** Least milliseconds between two samples, however many windows ask. */
const paceMs = 900
/** Samples kept: five minutes. */
const kept = 300
/** A GPU's driver is asked less often: it starts a process. */
const gpuMs = 3000

interface LoadOptions {
  /** What the engine of the run at work reports; null: this process runs none. */
  readonly usage: () => Promise<EngineUsage | null>
  readonly gpus?: () => Promise<GpuLoad[]>
  readonly now?: () => number
}

interface Seen {
  readonly at: number
  readonly usage: EngineUsage
}

/**
 * What a run takes of this machine, while someone looks: memory and processor time of its engine, tokens per second, and how busy the GPUs
 * are. Rates are between two looks. Nothing is measured while no window asks.
 */
export function runLoad({ usage, gpus = gpuLoads, now = Date.now }: LoadOptions) {
  let samples: LoadSample[] = []
  let before: Seen | null = null
  let runId: string | null = null
  let underway: Promise<void> | null = null
  let gpuSeen: { readonly at: number; readonly loads: readonly GpuLoad[] } | null = null

  async function look(): Promise<void> {
    const reported = await usage()
    if (reported === null) return
    if (gpuSeen === null || now() - gpuSeen.at >= gpuMs) gpuSeen = { at: now(), loads: await gpus() }
    const seen = { at: now(), usage: reported }
    const isSame = before !== null && seen.usage.promptTokens >= before.usage.promptTokens // else a new engine
    samples = [...samples, sampleOf(isSame ? before : null, seen, gpuSeen.loads)].slice(-kept)
    before = seen
  }

  return {
    /** The samples of the last minutes, oldest first, with a new one. `id`: of the run that this process runs; null: none. */
    async of(id: string | null): Promise<RunLoad | null> {
      if (id === null) return null
      if (id !== runId) {
        runId = id
        samples = []
        before = null
      }
      if (before === null || now() - before.at >= paceMs) {
        underway ??= look().finally(() => {
          underway = null
        })
        await underway
      }
      const newest = before?.usage
      if (newest === undefined) return null
      return { samples, peak_bytes: newest.peakRssBytes, memory_bytes: totalmem(), processors: availableParallelism() }
    },
  }
}

function sampleOf(before: Seen | null, { at, usage }: Seen, gpus: readonly GpuLoad[]): LoadSample {
  const seconds = before === null ? 0 : (at - before.at) / 1000
  const rate = (value: (usage: EngineUsage) => number | undefined): number | null => {
    const [now, then] = [value(usage), before === null ? undefined : value(before.usage)]
    return now === undefined || then === undefined || seconds <= 0 ? null : Math.max(0, (now - then) / seconds)
  }
  return {
    at: new Date(at).toISOString(),
    bytes: usage.rssBytes ?? null,
    processors: rate(({ processorSeconds }) => processorSeconds),
    read_per_second: rate(({ promptTokens }) => promptTokens),
    written_per_second: rate(({ newTokens }) => newTokens),
    gpus: gpus.map(({ name, share, bytes, ofBytes }) => ({ name, share, bytes, of_bytes: ofBytes })),
  }
}
