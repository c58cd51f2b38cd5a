import type { Secret } from '../../common/secret.ts'
import type { ConfiguredEngine, EngineTest } from '../../shared/engine-settings.ts'

/** Finds out what a configured engine can do, and how fast it is. Throws if it can't be reached. */
export async function testEngine({ name, settings }: ConfiguredEngine, key: Secret | null, signal: AbortSignal): Promise<EngineTest> {
  switch (settings.kind) {
    case 'openai': {
      const { testServer } = await import('./openai/test-server.ts')
      return testServer({ name, settings, key }, signal)
    }
    case 'ray': {
      const { testCluster } = await import('./ray/test-cluster.ts')
      return testCluster(settings, key?.reveal())
    }
  }
}
