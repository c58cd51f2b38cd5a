import { onTestFinished } from 'vitest'
import { Secret } from '../../main/common/secret.ts'
import type { Engine } from '../../main/engine/hosts/engine.ts'
import { openaiEngine } from '../../main/engine/hosts/openai/openai-engine.ts'
import type { RequestUsage } from '../../main/engine/hosts/reporting-engine.ts'
import type { GenerateItem, LeftOutRow } from '../../main/shared/engine-protocol.ts'
import { type EngineAbilities, type OpenaiSettings, openaiSettings } from '../../main/shared/engine-settings.ts'
import { serverEngine } from './configured-engines.ts'
import { type StandInServer, type StandInServerOptions, standInServer } from './stand-in-server.ts'

/** An engine on a stand-in server. */
interface Opened {
  readonly server: StandInServer
  readonly engine: Engine
  readonly pauses: number[]
  /** The seconds that requests were given. */
  readonly limits: readonly number[]
  readonly usage: RequestUsage[]
}

/** Limits of time that are over once the server has stalled and what it sent has arrived. */
function limitsWithoutWaiting() {
  const open = new Set<() => void>()
  const limits: number[] = []
  return {
    limits,
    startTimer(ms: number, expire: () => void) {
      limits.push(ms / 1000)
      open.add(expire)
      return () => void open.delete(expire)
    },
    async onStall() {
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
      for (const expire of open) expire()
    },
  }
}

/** Both are closed when the test has finished. */
export async function opened(
  options: StandInServerOptions = {},
  settings: Partial<OpenaiSettings> = {},
  { has = {}, key = null }: { readonly has?: Partial<EngineAbilities> | null; readonly key?: string | null } = {},
): Promise<Opened> {
  const { limits, startTimer, onStall } = limitsWithoutWaiting()
  const server = await standInServer({ ...options, onStall: () => void onStall() })
  const pauses: number[] = []
  const usage: RequestUsage[] = []
  const engine = openaiEngine(
    {
      name: 'big',
      settings: openaiSettings.parse({ kind: 'openai', address: server.address, model: 'big-model', ...settings }),
      key: key === null ? null : new Secret(key),
      onUsage: (of) => void usage.push(of),
      pause: async (ms) => void pauses.push(ms),
      startTimer,
      random: () => 1,
    },
    serverEngine('big', has).test,
  )
  onTestFinished(async () => {
    await engine.close()
    await server.close()
  })
  return { server, engine, pauses, limits, usage }
}

export const sampling = { greedy: false, temperature: 0.7, topP: 0.9, topK: 0, maxNewTokens: 16, minNewTokens: 0, stop: [] }
export const rows = (n: number, samples = 1) =>
  Array.from({ length: n }, (_, i) => ({
    input: { prompt: `question ${i}` },
    seeds: Array.from({ length: samples }, (_, s) => 10 * i + s),
  }))

export const generate = async (engine: Engine, n: number, samples = 1, onLeftOut?: (row: LeftOutRow) => void): Promise<GenerateItem[]> => {
  const items = await Array.fromAsync(engine.generate({ model: '/of/the/run', rows: rows(n, samples), sampling, batch: 64 }, { onLeftOut }))
  return items.sort((a, b) => a.row - b.row || a.sample - b.sample)
}
