import { type ConfiguredEngine, type EngineAbilities, type OpenaiSettings, openaiSettings } from '../../main/shared/engine-settings.ts'
import type { Store } from '../../main/store/store.ts'

/** A server that has everything. */
export const allAbilities: EngineAbilities = {
  ...{ chat: true, completions: true, logprobs: 20, prompt_logprobs: 'chat', continues: true, thinks: false },
  ...{ several: true, seed: true, guided_choice: true },
}

/** An OpenAI-compatible server as configured; `has` null: it was never tested. */
export const serverEngine = (name: string, has: Partial<EngineAbilities> | null, address = 'http://127.0.0.1:9/v1'): ConfiguredEngine => ({
  name,
  settings: openaiSettings.parse({ kind: 'openai', address, model: 'big-model' }),
  addedAt: '2026-01-01T00:00:00.000Z',
  test:
    has === null
      ? null
      : {
          ...{ at: '2026-01-01T00:00:00.000Z', model: 'big-model', latency_ms: 5, tokens_per_second: 50, models: ['big-model'], notes: [] },
          abilities: { ...allAbilities, ...has },
        },
})

/** Configures the server `big`; `has` null: it was never tested. */
export function addServer(
  store: Store,
  address: string,
  {
    has = {},
    ...changes
  }: { has?: Partial<EngineAbilities> | null } & Partial<Pick<OpenaiSettings, 'model' | 'retries' | 'concurrency'>> = {},
): void {
  const { name, settings, test } = serverEngine('big', has, address)
  store.engines.add(name, openaiSettings.parse({ ...settings, retries: 0, concurrency: 2, ...changes }))
  if (test !== null) store.engines.setTest(store.engines.resolve(name), test)
}
