import type { Secret } from '../../common/secret.ts'
import type { ConfiguredEngine, EngineTest } from '../../shared/engine-settings.ts'
import { testServer } from './openai/test-server.ts'
import { testCluster } from './ray/test-cluster.ts'

/** Finds out what a configured engine can do, and how fast it is. Throws if it can't be reached. */
export async function testEngine({ name, settings }: ConfiguredEngine, key: Secret | null, signal: AbortSignal): Promise<EngineTest> {
  switch (settings.kind) {
    case 'openai':
      return testServer({ name, settings, key }, signal)
    case 'ray':
      return testCluster(settings, key?.reveal())
  }
}
