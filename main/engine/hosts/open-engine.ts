import type { Secret } from '../../common/secret.ts'
import type { ConfiguredEngine } from '../../shared/engine-settings.ts'
import { LaurelError } from '../../shared/errors.ts'
import type { Engine } from './engine.ts'

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

/** Opens a configured engine. It connects when it is first asked for something. */
export function openEngine({ name, settings }: ConfiguredEngine, _context: HostContext): Engine {
  switch (settings.kind) {
    case 'openai':
    case 'ray':
      throw new LaurelError('UNSUPPORTED', `Engine ${name} (${settings.kind}) can't be used yet.`, 'Use this machine.')
  }
}
