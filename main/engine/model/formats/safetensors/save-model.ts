import { existsSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { writeFolder } from '../../../../common/write-folder.ts'
import { LaurelError } from '../../../../shared/errors.ts'
import { parseConfig } from '../../config.ts'
import { expectedTensors } from '../../expected-tensors.ts'
import { type AdapterFiles, adapterFolder, writtenAdapter } from './adapter-files.ts'
import type { ElementType } from './safetensors-header.ts'
import { bytesOf, type TensorToWrite, writtenSafetensors } from './write-safetensors.ts'

/** A model to write as a Hugging Face folder. */
export interface ModelToSave {
  /** The original config.json. */
  readonly configJson: Record<string, unknown>
  /** Files next to the weights: name -> content. */
  readonly tokenizerFiles: ReadonlyMap<string, string>
  /** Tensors with Hugging Face's names. `data` may be a getter: it is read once, when the tensor is written. */
  readonly tensors: Iterable<Omit<TensorToWrite, 'dtype'>>
  readonly dtype: ElementType
  /** Written to generation_config.json if `tokenizerFiles` has none. */
  readonly stopTokens?: readonly number[]
  /** Maximum size of a weight file in bytes; larger models are sharded. */
  readonly shardBytes?: number
  /** The low-rank adapters that are merged into the weights: kept in the folder `adapter`, in PEFT's form. */
  readonly adapter?: AdapterFiles
}

const dtypeNames: Record<ElementType, string> = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' }

/** Small enough to be allocated in one piece by every process that reads it. */
const defaultShardBytes = 2 ** 30 - 2 ** 20

/**
 * Save a model as a Hugging Face folder: config.json, generation_config.json, model.safetensors (or shards and their index) and tokenizer
 * files. The folder appears complete or not at all and replaces an existing model folder. The same model gives the same bytes. Throws
 * BAD_INPUT if the destination is taken or not writable, DISK_FULL, or INTERNAL if tensors and configuration disagree.
 */
export function saveModel(folder: string, model: ModelToSave): void {
  const listed = { ...model, tensors: [...model.tensors] } // they are listed twice, and a generator only once
  writeFolder(folder, {
    bytes: modelBytes(listed),
    mayReplace: (existing) => existsSync(join(existing, 'config.json')),
    fill(temporary) {
      for (const _ of writtenModel(temporary, listed));
      if (model.adapter) for (const _ of writtenAdapter(join(temporary, adapterFolder), model.adapter));
    },
  })
}

/** The size of a model's weights in bytes. */
export const modelBytes = (model: ModelToSave): number =>
  [...model.tensors].reduce((sum, tensor) => sum + bytesOf(withType(tensor, model.dtype)), 0)

/** Writes the files of a model into a folder, a tensor per step of the iteration, each of which returns the bytes written. */
export function* writtenModel(folder: string, model: ModelToSave): Generator<number> {
  const tensors = [...model.tensors].map((tensor) => withType(tensor, model.dtype))
  checkComplete(model.configJson, tensors)
  const shards = intoShards(tensors, model.shardBytes ?? defaultShardBytes)
  for (const [name, text] of textFiles(model)) writeFileSync(join(folder, name), text)
  for (const [i, shard] of shards.entries()) yield* writtenSafetensors(join(folder, shardName(i, shards.length)), shard)
  if (shards.length > 1) writeFileSync(join(folder, 'model.safetensors.index.json'), indexOf(shards))
}

/** The tensor with an element type; `data` stays lazy. */
const withType = (tensor: Omit<TensorToWrite, 'dtype'>, dtype: ElementType): TensorToWrite => ({
  name: tensor.name,
  shape: tensor.shape,
  dtype,
  get data() {
    return tensor.data
  },
})

/** A saved model must load again: all tensors of the configuration in their shapes, and no others. */
function checkComplete(configJson: unknown, tensors: readonly TensorToWrite[]): void {
  const expected = expectedTensors(parseConfig(configJson, 'the model to save'))
  const wrong = tensors.find(({ name, shape }) => expected.get(name)?.join() !== shape.join())
  if (wrong || new Set(tensors.map(({ name }) => name)).size !== expected.size) {
    const what = wrong ? `tensor ${wrong.name} [${wrong.shape.join(', ')}] doesn't match the configuration` : 'tensors are missing'
    throw new LaurelError('INTERNAL', `the model to save is incomplete: ${what}`, 'This is a bug in Laurel. Please report it.')
  }
}

/** The files of a model folder besides its weights: name -> content. */
export function textFiles(model: Omit<ModelToSave, 'tensors'>): Map<string, string> {
  const json = (value: object) => `${JSON.stringify(value, null, 2)}\n`
  const dtype = dtypeNames[model.dtype]
  // transformers before version 5 reads torch_dtype.
  const files = new Map([['config.json', json({ ...model.configJson, dtype, torch_dtype: dtype })]])
  const { bos_token_id, eos_token_id, pad_token_id } = model.configJson
  const stops = model.stopTokens?.length ? (model.stopTokens.length === 1 ? model.stopTokens[0] : model.stopTokens) : eos_token_id
  files.set('generation_config.json', json({ bos_token_id, eos_token_id: stops, pad_token_id }))
  for (const [name, text] of model.tokenizerFiles) {
    if (basename(name) === name) files.set(name, text)
  }
  return files
}

/** Distribute tensors over shards in order; start a new shard if the next tensor doesn't fit. */
function intoShards(tensors: readonly TensorToWrite[], limit: number): TensorToWrite[][] {
  const shards: TensorToWrite[][] = [[]]
  let filled = 0
  for (const tensor of tensors) {
    const bytes = bytesOf(tensor)
    if (filled > 0 && filled + bytes > limit) {
      shards.push([])
      filled = 0
    }
    shards.at(-1)!.push(tensor)
    filled += bytes
  }
  return shards
}

function shardName(i: number, count: number): string {
  const five = (n: number) => String(n).padStart(5, '0')
  return count === 1 ? 'model.safetensors' : `model-${five(i + 1)}-of-${five(count)}.safetensors`
}

function indexOf(shards: readonly TensorToWrite[][]): string {
  const places = shards.flatMap((shard, i) => shard.map(({ name }) => [name, shardName(i, shards.length)] as const))
  const size = shards.flat().reduce((sum, tensor) => sum + bytesOf(tensor), 0)
  return `${JSON.stringify({ metadata: { total_size: size }, weight_map: Object.fromEntries(places) }, null, 2)}\n`
}
