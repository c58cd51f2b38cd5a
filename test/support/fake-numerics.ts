import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { plainDecoder } from '../../main/engine/model/architectures/architecture.ts'
import type { ModelConfig } from '../../main/engine/model/config.ts'
import type { ModelFiles } from '../../main/engine/model/load-model.ts'
import type { ChatTemplate, Tokenizer } from '../../main/engine/model/tokenizer/tokenizer.ts'
import type { Numerics, ServedModel } from '../../main/engine/process/numerics.ts'
import type { EngineInfo } from '../../main/shared/engine-protocol.ts'
import { badInput, stopped } from '../../main/shared/errors.ts'

/**
 * Numerics without arithmetic: a "model" writes its prompt backwards, one character per token, so that tests of servers
 * and commands can check results exactly.
 */

const endToken = 1
const alphabet = ['<s>', '<|end|>', ...Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)), '\n']

/** One token for each printable ASCII character; `<|end|>` is a special token. */
export const characterTokenizer: Tokenizer = {
  vocabulary: alphabet.length,
  opening: [],
  isSpecial: () => false,
  encode(text, { special }) {
    const pieces = special ? text.split(/(<\|end\|>)/) : [text]
    return pieces.flatMap((piece) => (piece === '<|end|>' && special ? [endToken] : [...piece].map((c) => alphabet.indexOf(c))))
  },
  decode: (ids, { special }) => ids.map((id) => (id < 2 && !special ? '' : alphabet[id])).join(''),
  tokenOf: (id) => alphabet[id],
  idOf: (token) => (alphabet.includes(token) ? alphabet.indexOf(token) : undefined),
}

const template: ChatTemplate = {
  source: "{# knows 'user', 'assistant' and 'critic' #}",
  render(messages, addGenerationPrompt) {
    if (messages[0].role === 'system') throw badInput('System role not supported', 'Leave it out.')
    const text = messages.map(({ role, content }) => `[${role}]${content}<|end|>`).join('')
    return addGenerationPrompt ? `${text}[assistant]` : text
  },
}

const config: ModelConfig = {
  ...{ architecture: 'llama', vocabulary: alphabet.length, hidden: 8, intermediate: 16, layers: 1, heads: 2, keyValueHeads: 1, headDim: 4 },
  ...{ contextLength: 200, normEpsilon: 1e-6, ropeTheta: 10000, ropeScaling: { type: 'default' }, slidingWindow: null },
  ...plainDecoder,
  ...{ attentionBias: false, queryKeyNorm: false, tiedEmbeddings: true, bosToken: null, eosTokens: [endToken], padToken: null },
}

/** A model's files. Its name decides: `ids-...` has no tokenizer, `base-...` no chat template, and `missing` fails to open. */
export function fakeFiles(path: string): ModelFiles {
  if (path.includes('missing')) throw new Error(`ENOENT: ${path}`)
  return {
    path,
    config,
    configJson: {},
    weights: { names: [], has: () => false, shape: () => [], read: () => new Float32Array(), close: () => {} },
    tokenizer: path.includes('ids-') ? null : characterTokenizer,
    chatTemplate: path.includes('ids-') || path.includes('base-') ? null : template,
    tokenizerFiles: new Map(),
    stopTokens: [endToken],
  }
}

export interface FakeNumerics extends Numerics {
  /** The calls it has received, in order: `load M`, `dispose M`, `step 3` ... */
  readonly journal: string[]
}

interface FakeOptions {
  /** After this many finished responses or steps, a request waits until it is stopped. */
  readonly holdAfter?: number | undefined
  /** Tokens of a row: longer ones are left out, as by an engine with less room than the model's context. */
  readonly most?: number | undefined
}

export function fakeNumerics({ holdAfter = Number.POSITIVE_INFINITY, most = Number.POSITIVE_INFINITY }: FakeOptions = {}): FakeNumerics {
  const journal: string[] = []
  const hold = async (done: number, signal?: AbortSignal) => {
    if (done === holdAfter && signal && !signal.aborted) await once(signal, 'abort')
  }
  const note = (entry: string) => void journal.push(entry)
  const served = (path: string): ServedModel => ({ files: fakeFiles(path), parameters: 1000, dispose: () => note(`dispose ${path}`) })
  return {
    journal,
    openFiles: async (path) => fakeFiles(path),
    async loadModel(path, precision): Promise<ServedModel> {
      const model = served(path)
      note(`load ${path} ${precision}`)
      return model
    },
    async *generate(_model, rows, { sampling, isFinished, room, isShown, signal, stopTokens }) {
      for (const [row, { promptIds, seeds }] of rows.entries()) {
        await hold(row, signal)
        if (promptIds.length > most) {
          yield { row, leftOut: 'too long here' }
          continue
        }
        for (const sample of seeds.keys()) {
          const tokenIds: number[] = []
          let finished = false
          for (const id of [...promptIds.toReversed(), ...stopTokens]) {
            await setImmediate()
            if (signal?.aborted) throw stopped()
            tokenIds.push(id)
            finished = stopTokens.includes(id) || (isFinished?.(row, sample, tokenIds) ?? false)
            if (finished || tokenIds.length >= Math.min(sampling.maxNewTokens, room?.(row) ?? Number.POSITIVE_INFINITY)) break
            if (isShown?.(row, sample)) yield { row, sample, tokenIds, finishReason: null }
          }
          yield { row, sample, tokenIds, finishReason: finished ? 'stop' : 'length' }
        }
      }
    },
    async *score(_model, rows, { top, signal }) {
      for (const [row, { ids, at }] of rows.entries()) {
        await setImmediate()
        if (signal?.aborted) throw stopped()
        if (ids.length > most) {
          yield { row, leftOut: 'too long here' }
          continue
        }
        yield {
          row,
          tokenLogprobs: ids.slice(1).map((id) => -id),
          topIds: ids.slice(0, top),
          topLogprobs: ids.slice(0, top).map(() => -1),
          // Larger IDs are more likely, so that the expected score leans toward larger digits.
          ...(at && { choiceLogprobs: at.positions.map(() => at.choices.map((id) => id - 30)) }),
        }
      }
    },
    async *train({ rows, checkpoints, out }, { signal, conclude, onTrained }) {
      note(`train ${rows.length}`)
      const resumedFrom = newestStep(checkpoints)
      yield { kind: 'loaded', seconds: 0.25 }
      yield { kind: 'started', steps: rows.length, resumedFrom, truncatedRows: 0 }
      for (let step = resumedFrom + 1; step <= rows.length; step++) {
        await setImmediate()
        yield { kind: 'step', step, metrics: { loss: 1 / step, num_tokens: 10 * step, seconds: 0.5 } }
        await hold(step - resumedFrom, AbortSignal.any([signal, conclude]))
        if (conclude.aborted) return note(`concluded after ${step}`)
        if (signal.aborted) {
          note('stopped')
          mkdirSync(`${checkpoints}/step-${step}`)
          yield { kind: 'checkpoint', step, path: `${checkpoints}/step-${step}` }
          throw stopped()
        }
      }
      onTrained?.(served(out))
    },
    measure: async () => ({ float32Gflops: 1, bfloat16Gflops: null }),
    tensors: () => 0,
  }
}

const newestStep = (checkpoints: string): number =>
  existsSync(checkpoints) ? Math.max(0, ...readdirSync(checkpoints).map((name) => Number(/^step-(\d+)$/.exec(name)?.[1] ?? 0))) : 0

export const fakeInfo: EngineInfo = { backend: 'cpu', version: '0', device: 'CPU', threads: 1, precision: 'float32', notice: '' }
