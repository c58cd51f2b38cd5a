import type { Request } from '../../shared/engine-protocol.ts'
import { LaurelError, toErrorValue } from '../../shared/errors.ts'

/**
 * An error with what to do about it. If memory ran out, that depends on the request: which of its values the memory grows with, and what
 * they are now; a chat and an evaluation by hand have no recipe. Any other error is returned unchanged.
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
      const other = batch > 1 ? `the batch (now ${batch}) where it can be set` : 'shorten the prompt'
      return `Lower max_new_tokens (now ${sampling.maxNewTokens}), or ${other}.`
    }
    case 'score': // in passes of a fixed number of tokens, but a text is never split
      return 'Shorten the texts: the longest one decides. In a recipe, lower max_new_tokens of the candidates and the judge.'
    case 'train': {
      const { max_length, gradient_checkpointing, lora } = request.params.config
      const others = [
        ...(gradient_checkpointing ? [] : ['set its gradient_checkpointing to true']),
        ...(lora === null ? ['train adapters (lora)'] : []),
      ]
      return `Lower the training's max_length (now ${max_length})${others.map((other) => `, or ${other}`).join('')}.`
    }
    default:
      return null
  }
}
