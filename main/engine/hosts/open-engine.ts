import type { Secret } from '../../common/secret.ts'
import type { ConfiguredEngine, EngineTest } from '../../shared/engine-settings.ts'
import type { Engine } from './engine.ts'
import { type RequestUsage, reportingEngine } from './reporting-engine.ts'

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

/** Finds out what a configured engine can do, and how fast it is. Throws if it can't be reached. */
export async function testEngine({ name, settings }: ConfiguredEngine, key: Secret | null, signal: AbortSignal): Promise<EngineTest> {
  switch (settings.kind) {
    case 'openai': {
      const { testServer } = await import('./openai/test-server.ts')
      return testServer({ name, settings, key }, signal)
    }
    case 'ray': {
      const { testCluster } = await import('./ray/test-cluster.ts')
      return testCluster(settings, key?.reveal(), signal)
    }
  }
}
