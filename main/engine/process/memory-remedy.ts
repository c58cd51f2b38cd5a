import type { Request } from '../../shared/engine-protocol.ts'
import { LaurelError, toErrorValue } from '../../shared/errors.ts'

/**
 * An error with what to do about it. If memory ran out, that depends on the request: which values of the recipe the memory grows with, and
 * what they are now. Any other error is returned unchanged.
 */
export function withMemoryRemedy(thrown: unknown, request: Pick<Request, 'method' | 'params'>): unknown {
  const { code, message, row } = toErrorValue(thrown)
  const remedy = code === 'OUT_OF_MEMORY' ? remedyFor(request as Request) : null
  return remedy === null ? thrown : new LaurelError(code, message, remedy, { cause: thrown, row })
}

function remedyFor(request: Request): string | null {
  switch (request.method) {
    case 'load':
      return 'Use a smaller model, or close other programs that use this memory.'
    case 'generate': {
      const { batch, sampling } = request.params
      return `Lower the recipe's batch (now ${batch}) or the responses' max_new_tokens (now ${sampling.maxNewTokens}).`
    }
    case 'score': // in passes of a fixed number of tokens, but a text is never split
      return "Lower the max_new_tokens of the recipe's candidates and judge: the longest text decides."
    case 'train': {
      const { max_length, gradient_checkpointing, lora } = request.params.config
      const others = [
        ...(gradient_checkpointing ? [] : ['set its gradient_checkpointing to true']),
        ...(lora === null ? ['train adapters (lora)'] : []),
      ]
      return `Lower max_length of the recipe's training (now ${max_length})${others.map((other) => `, or ${other}`).join('')}.`
    }
    default:
      return null
  }
}
