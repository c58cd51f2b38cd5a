import { type ConfiguredEngine, type EngineAbilities, openaiSettings } from '../../main/shared/engine-settings.ts'

/** A server that has everything. */
export const allAbilities: EngineAbilities = {
  ...{ chat: true, completions: true, logprobs: 20, prompt_logprobs: 'chat', continues: true },
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
