import type { Secret } from '../../common/secret.ts'
import type { ConfiguredEngine } from '../../shared/engine-settings.ts'
import type { Engine } from './engine.ts'
import { reportingEngine } from './reporting-engine.ts'

/** What an answered request took. */
export interface RequestUsage {
  readonly requests: number
  /** Requests that were sent again. */
  readonly retries: number
  readonly promptTokens: number
  readonly newTokens: number
  readonly sentBytes: number
  readonly receivedBytes: number
}

/** Adds up what requests used. */
export function usageSum() {
  const total = { requests: 0, retries: 0, promptTokens: 0, newTokens: 0, sentBytes: 0, receivedBytes: 0 }
  return {
    total: total as RequestUsage,
    add(usage: RequestUsage): void {
      for (const what of Object.keys(total) as (keyof RequestUsage)[]) total[what] += usage[what]
    },
  }
}

/** What a host may use. */
export interface HostContext {
  /** The data folder. */
  readonly home: string
  /** The key of the server; null: none is known. */
  readonly key: Secret | null
  /** Called with what each request took, as it is answered. */
  readonly onUsage?: (usage: RequestUsage) => void
  readonly onLog?: (text: string) => void
}

/** Opens a configured engine. The code of each kind is loaded when it is needed: OpenAI's client alone takes longer to load than a command. */
export async function openEngine({ name, settings, test }: ConfiguredEngine, context: HostContext): Promise<Engine> {
  const { home, key, onUsage, onLog } = context
  switch (settings.kind) {
    case 'openai': {
      const { openaiEngine } = await import('./openai/openai-engine.ts')
      return openaiEngine({ name, settings, key, onUsage }, test)
    }
    case 'ray': {
      const { startRayEngine } = await import('./ray-engine.ts')
      const { address, storage, folder } = settings
      const engine = await startRayEngine({ home, address, storage, folder: folder ?? undefined, token: key?.reveal(), onLog })
      return onUsage === undefined ? engine : reportingEngine(engine, onUsage)
    }
  }
}
