import { LaurelError } from '../../../../shared/errors.ts'
import { architectures } from '../../architectures/families.ts'
import { isNorm } from '../../expected-tensors.ts'
import type { ModelFiles } from '../../load-model.ts'
import { ropeFrequencies } from '../../rope-tables.ts'
import { ggufName, isRotated } from './gguf-names.ts'
import { tokenizerMetadata } from './gguf-tokenizer-metadata.ts'
import { type WrittenType, writtenTypes } from './quantize.ts'
import type { GgufTensorToWrite, GgufValue } from './write-gguf.ts'

/** What a model's GGUF file holds, as llama.cpp's converter writes it. Throws UNSUPPORTED for what llama.cpp can't run. */
export function ggufContent(
  files: ModelFiles,
  title: string,
  type: keyof typeof writtenTypes,
): { readonly metadata: ReadonlyMap<string, GgufValue>; readonly tensors: readonly GgufTensorToWrite[] } {
  const written = writtenTypes[type]
  return {
    metadata: new Map([...modelMetadata(files, title, written), ...tokenizerMetadata(files)]),
    tensors: [...ropeTensors(files), ...files.weights.names.flatMap((name) => weightToWrite(files, name, written))],
  }
}

function modelMetadata({ config, path }: ModelFiles, title: string, { fileType }: WrittenType): Map<string, GgufValue> {
  const { gguf } = architectures[config.architecture]
  if (config.slidingWindow !== null && !gguf.windowed) throw unsupported(path, `a ${config.architecture} model with a sliding window`)
  const own = gguf.ownKeys?.(config, (what) => unsupported(path, what)) ?? {}
  const keys: Record<string, GgufValue> = {
    ...{ vocab_size: config.vocabulary, context_length: config.contextLength, embedding_length: config.hidden, block_count: config.layers },
    feed_forward_length: config.intermediate,
    ...{ 'attention.head_count': config.heads, 'attention.head_count_kv': config.keyValueHeads },
    ...{ 'attention.key_length': config.headDim, 'attention.value_length': config.headDim },
    'attention.layer_norm_rms_epsilon': { float: config.normEpsilon },
    ...{ 'rope.dimension_count': config.headDim, 'rope.freq_base': { float: config.ropeTheta } },
    ...(config.ropeScaling.type === 'linear' && {
      'rope.scaling.type': 'linear',
      'rope.scaling.factor': { float: config.ropeScaling.factor },
    }),
    ...own,
  }
  return new Map<string, GgufValue>([
    ['general.architecture', gguf.name],
    ['general.type', 'model'],
    ['general.name', title],
    ['general.file_type', fileType],
    ['general.quantization_version', 2],
    ...Object.entries(keys).map(([key, value]) => [`${gguf.name}.${key}`, value] as const),
  ])
}

/** Llama 3's scaling is a tensor of divisors. */
function ropeTensors({ config }: ModelFiles): GgufTensorToWrite[] {
  if (config.ropeScaling.type !== 'llama3') return []
  const values = () => {
    const [plain, scaled] = [ropeFrequencies({ ...config, ropeScaling: { type: 'default' } }), ropeFrequencies(config)]
    return Float32Array.from(plain, (frequency, i) => frequency / scaled[i])
  }
  return [{ name: 'rope_freqs.weight', shape: [config.headDim / 2], type: writtenTypes.F32, values }]
}

/** Vectors stay in float32, and so does what doesn't divide into blocks, in float16. A tied head isn't written. */
function weightToWrite({ config, weights, path }: ModelFiles, name: string, wanted: WrittenType): GgufTensorToWrite[] {
  const architecture = architectures[config.architecture]
  const shape = weights.shape(name)
  if (name === 'lm_head.weight' && config.tiedEmbeddings) return []
  const named = ggufName(architecture, name)
  if (named === undefined) {
    if (/\.rotary_emb\.inv_freq$/.test(name)) return []
    throw unsupported(path, `tensor ${name}`)
  }
  const isVector = shape.length === 1
  const fits = (shape.at(-1) as number) % wanted.elements === 0
  return [
    {
      name: named,
      shape,
      type: isVector ? writtenTypes.F32 : fits ? wanted : writtenTypes.F16,
      values() {
        const values = weights.read(name)
        if (architecture.gguf.interleaved && isRotated(name)) pairsFromHalves(values, shape, config.headDim)
        if (isNorm(name) && config.normOffset !== 0) for (let i = 0; i < values.length; i++) values[i] += config.normOffset
        return values
      },
    },
  ]
}

/** In each head, rows (0, D/2), (1, D/2 + 1), ... become (0, 1), (2, 3), ... In place. */
function pairsFromHalves(values: Float32Array, [rows]: readonly number[], headDim: number): void {
  const width = values.length / rows
  const head = new Float32Array(headDim * width)
  for (let start = 0; start < values.length; start += head.length) {
    head.set(values.subarray(start, start + head.length))
    for (let row = 0; row < headDim; row++) {
      const source = (row >> 1) + (row & 1) * (headDim / 2)
      values.set(head.subarray(source * width, (source + 1) * width), start + row * width)
    }
  }
}

const unsupported = (path: string, what: string): LaurelError =>
  new LaurelError('UNSUPPORTED', `${path}: ${what} can't be written as GGUF.`, 'Export a Hugging Face folder instead.')
