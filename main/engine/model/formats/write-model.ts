import { existsSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { asyncQueue } from '../../../common/async-queue.ts'
import { writeFolderSlowly } from '../../../common/write-folder.ts'
import type { WriteModelParams, WrittenBytes } from '../../../shared/engine-protocol.ts'
import { LaurelError, stopped } from '../../../shared/errors.ts'
import { type ModelFiles, openModel } from '../load-model.ts'
import { ggufContent } from './gguf/export-gguf.ts'
import { ggufBytes, writeGguf } from './gguf/write-gguf.ts'
import { type AdapterFiles, adapterFolder, writtenAdapter } from './safetensors/adapter-files.ts'
import { type Adapter, readAdapter } from './safetensors/open-adapter.ts'
import { modelBytes, writtenModel } from './safetensors/save-model.ts'
import { bytesOf } from './safetensors/write-safetensors.ts'

/** The name of a GGUF file in its folder. */
export const ggufFile = 'model.gguf'

/** What a form consists of. */
interface Content {
  readonly bytes: number
  /** Writes into a folder, a piece per step of the iteration, each of which returns the bytes written. */
  written(folder: string): Iterable<number>
}

/**
 * Writes a model in another form into a new folder, which appears complete or not at all. Works for any model that can be opened; weights are
 * read one tensor at a time. Throws BAD_INPUT if the folder is taken, UNSUPPORTED for what the form can't hold, DISK_FULL, or STOPPED.
 */
export async function* writeModel(params: WriteModelParams, signal: AbortSignal): AsyncGenerator<WrittenBytes> {
  const files = await openModel(params.model)
  const progress = asyncQueue<WrittenBytes>()
  try {
    const content = contentOf(files, params)
    const writing = writeFolderSlowly(params.out, {
      bytes: content.bytes,
      mayReplace: () => false,
      async fill(folder) {
        let done = 0
        for (const bytes of content.written(folder)) {
          done += bytes
          progress.push([{ done: Math.min(done, content.bytes), total: content.bytes }])
          await setImmediate() // lets a pending cancellation arrive
          if (signal.aborted) throw stopped()
        }
        for (const [name, text] of Object.entries(params.texts)) writeFileSync(join(folder, basename(name)), text)
        if (params.form === 'gguf') await checkTokens(files, join(folder, ggufFile))
      },
    })
    void writing.then(progress.end, progress.fail)
    yield* progress
    await writing
  } finally {
    files.weights.close()
  }
}

function contentOf(files: ModelFiles, { model, form, precision, title }: WriteModelParams): Content {
  if (form === 'adapter') return adapterContent(model)
  if (form === 'gguf') {
    const type = precision === 'as-is' ? 'F16' : precision
    const { metadata, tensors } = ggufContent(files, title, type)
    const bytes = tensors.reduce((sum, tensor) => sum + ggufBytes(tensor), 0)
    return { bytes, written: (folder) => writeGguf(join(folder, ggufFile), metadata, tensors) }
  }
  const dtype = precision === 'as-is' || precision === 'Q8_0' ? 'F32' : precision
  const { weights } = files
  const names = weights.names.filter((name) => !isLeftOver(name, files))
  const tensors = names.map((name) => ({
    ...{ name, shape: weights.shape(name) },
    get data() {
      return weights.read(name)
    },
  }))
  const toSave = { ...files, tensors, dtype }
  return { bytes: modelBytes(toSave), written: (folder) => writtenModel(folder, toSave) }
}

/** Tensors that a folder may have but that aren't part of the model. */
const isLeftOver = (name: string, { config }: ModelFiles): boolean =>
  /\.rotary_emb\.inv_freq$/.test(name) || (config.tiedEmbeddings && name === 'lm_head.weight')

/**
 * The adapters of a model's training. If the model that it started from was trained with adapters too, they are put together, up to a model
 * without any: their product is the sum of all, `[s1 B1, s2 B2] [A1; A2]`.
 */
function adapterContent(model: string): Content {
  const chain = adaptersOf(model)
  const content = chain.length === 1 ? alone(chain[0]) : together(chain)
  const bytes = content.tensors.reduce((sum, { name, shape }) => sum + bytesOf({ name, shape, dtype: 'F32', data: [] }), 0)
  return { bytes, written: (folder) => writtenAdapter(folder, content) }
}

/** From the base model to this one. */
function adaptersOf(model: string): Adapter[] {
  const chain: Adapter[] = []
  for (let path = model; existsSync(join(path, adapterFolder)); path = chain[0].base) {
    chain.unshift(readAdapter(join(path, adapterFolder)))
    if (chain.length > 1000) break
  }
  if (chain.length > 0) return chain
  throw new LaurelError(
    'UNSUPPORTED',
    `${model} has no adapters: it wasn't trained with any, or by a version of Laurel that didn't keep them.`,
    'Export the merged model instead, or train with "lora" in the recipe.',
  )
}

const targetsOf = (chain: readonly Adapter[]): string[] => [
  ...new Set(chain.flatMap(({ modules }) => [...modules.keys()].map((module) => module.split('.').at(-1) as string))),
]

const tensorsOf = (module: string, rank: number, [outputs, inputs]: readonly [number, number], a: Float32Array, b: Float32Array) => [
  { name: `${module}.lora_A.weight`, shape: [rank, inputs], data: a },
  { name: `${module}.lora_B.weight`, shape: [outputs, rank], data: b },
]

const alone = (adapter: Adapter): AdapterFiles => ({
  lora: { ...adapter, targets: targetsOf([adapter]) },
  base: adapter.base,
  tensors: [...adapter.modules].flatMap(([module, { a, b, shape }]) => tensorsOf(module, adapter.rank, shape, a, b)),
})

function together(chain: readonly Adapter[]): AdapterFiles {
  const rank = chain.reduce((sum, adapter) => sum + adapter.rank, 0)
  const shapes = new Map(chain.flatMap(({ modules }) => [...modules].map(([module, { shape }]) => [module, shape] as const)))
  const tensors = [...shapes].flatMap(([module, shape]) => {
    const [outputs, inputs] = shape
    const [a, b] = [new Float32Array(rank * inputs), new Float32Array(outputs * rank)]
    let start = 0 // rows of A, and columns of B
    for (const adapter of chain) {
      const own = adapter.modules.get(module)
      if (own) {
        a.set(own.a, start * inputs)
        for (let o = 0; o < outputs; o++) {
          for (let r = 0; r < adapter.rank; r++) b[o * rank + start + r] = adapter.scale * own.b[o * adapter.rank + r]
        }
      }
      start += adapter.rank
    }
    return tensorsOf(module, rank, shape, a, b)
  })
  return { lora: { rank, alpha: rank, dropout: chain[0].dropout, targets: targetsOf(chain) }, base: chain[0].base, tensors }
}

/** Texts in which tokenizers differ from one another. */
const hardTexts = [
  'It was the best of times,  it was the worst of times.\n\n\tIndented, 12345 and 3.14; naïve café — "quoted" (yes)!',
  "def f(x):\n    return x**2 if x >= 0 else -x  # don't\n\n\n",
  '  Leading and trailing spaces  ',
  'ÀÉÎ ñandú straße Ελληνικά русский 中文字符 日本語 한국어 🙂👍🏽',
]

/** The file must split text like the original: a tokenizer whose form only looks the same would make nonsense of every prompt. */
async function checkTokens({ tokenizer, path }: ModelFiles, copy: string): Promise<void> {
  if (tokenizer === null) return
  const written = await openModel(copy)
  written.weights.close()
  const knows = (text: string): boolean =>
    tokenizer.decode(tokenizer.encode(text, { special: true }), { special: true }).trim() === text.trim()
  const other = hardTexts
    .filter(knows)
    .find((text) => written.tokenizer?.encode(text, { special: true }).join() !== tokenizer.encode(text, { special: true }).join())
  if (other === undefined) return
  throw new LaurelError(
    'UNSUPPORTED',
    `${path}: its tokenizer has no form in GGUF: ${JSON.stringify(other.slice(0, 20))} would be split differently.`,
    "Export a Hugging Face folder, and convert that with llama.cpp's convert_hf_to_gguf.py.",
  )
}
