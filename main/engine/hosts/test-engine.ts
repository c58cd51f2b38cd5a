import type { Secret } from '../../common/secret.ts'
import type { ConfiguredEngine, EngineTest } from '../../shared/engine-settings.ts'
import { LaurelError } from '../../shared/errors.ts'
import { testServer } from './openai/test-server.ts'

/** Finds out what a configured engine can do, and how fast it is. Throws if it can't be reached. */
export async function testEngine({ name, settings }: ConfiguredEngine, key: Secret | null, signal: AbortSignal): Promise<EngineTest> {
  switch (settings.kind) {
    case 'openai':
      return testServer({ name, settings, key }, signal)
    case 'ray':
      throw new LaurelError('UNSUPPORTED', `Engine ${name} (${settings.kind}) can't be tested yet.`, 'Use this machine.')
  }
}
