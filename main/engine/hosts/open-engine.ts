import type { Secret } from '../../common/secret.ts'
import type { ConfiguredEngine } from '../../shared/engine-settings.ts'
import { LaurelError } from '../../shared/errors.ts'
import type { Engine } from './engine.ts'
import { openaiEngine } from './openai/openai-engine.ts'

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

/** What a host may use. */
export interface HostContext {
  /** This machine's engine, for what needs the tokenizer or the dimensions of a model whose files are here. */
  readonly local: Engine
  /** The key of the server; null: none is known. */
  readonly key: Secret | null
  /** Called with what each request took, as it is answered. */
  readonly onUsage?: (usage: RequestUsage) => void
  readonly onLog?: (text: string) => void
}

/** Opens a configured engine. */
export async function openEngine({ name, settings, test }: ConfiguredEngine, { key, onUsage }: HostContext): Promise<Engine> {
  switch (settings.kind) {
    case 'openai':
      return openaiEngine({ name, settings, key, onUsage }, test)
    case 'ray':
      throw new LaurelError('UNSUPPORTED', `Engine ${name} (${settings.kind}) can't be used yet.`, 'Use this machine.')
  }
}
