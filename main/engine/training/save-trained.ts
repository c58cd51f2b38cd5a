import { resolve } from 'node:path'
import type { Tensor } from '@tensorflow/tfjs-core'
import type { TrainParams } from '../../shared/engine-protocol.ts'
import { type ReadRows, readerOf } from '../backends/read-values.ts'
import { isNorm } from '../model/expected-tensors.ts'
import { addProduct } from '../model/formats/safetensors/open-adapter.ts'
import { saveModel } from '../model/formats/safetensors/save-model.ts'
import type { TensorToWrite } from '../model/formats/safetensors/write-safetensors.ts'
import type { Adapter } from '../model/linear.ts'
import { type LoadedModel, openModel } from '../model/load-model.ts'
import type { Parameter } from '../model/parameter.ts'
import { type DecoderWeights, parametersOf } from '../model/weights.ts'

/** Save the trained model as a Hugging Face folder in float32, with adapters merged into their weights. */
export async function saveTrained(model: LoadedModel, params: TrainParams): Promise<void> {
  const original = await openModel(params.model) // frozen weights are copied from the original files
  try {
    const { configJson, tokenizerFiles } = model.files
    const { weights, config } = model.decoder
    const read = await readerOf(parametersOf(weights).flatMap(valuesToRead))
    const tensors = tensorsOf(weights, read, original.weights.read.bind(original.weights), config.normOffset)
    const { lora } = params.config
    saveModel(params.out, {
      configJson: { ...configJson, dtype: 'float32' },
      ...{ tokenizerFiles, tensors, dtype: 'F32' },
      ...(lora && { adapter: { lora: { ...lora }, base: resolve(params.model), tensors: [...adapterTensors(weights, read)] } }),
    })
  } finally {
    original.weights.close()
  }
}

/** A tensor whose values are read on demand, so that there is no second copy of the model. */
type LazyTensor = Omit<TensorToWrite, 'dtype'>

function* tensorsOf(
  weights: DecoderWeights,
  read: ReadRows,
  readOriginal: (name: string) => Float32Array,
  normOffset: number,
): Generator<LazyTensor> {
  const linears = weights.layers.flatMap((layer) => [layer.qkv, layer.output, layer.gateUp, layer.down])
  const adapters = new Map<Parameter, readonly Adapter[]>(linears.map((linear) => [linear.weight, linear.adapters]))
  for (const parameter of parametersOf(weights)) {
    if (parameter.name.includes('.lora_')) continue
    let row = 0
    for (const part of parameter.parts) {
      const from = row
      yield {
        ...part,
        get data() {
          if (parameter.trainable) return withoutOffset(read(parameter.value, from, part.shape[0]), isNorm(part.name) ? normOffset : 0)
          const adapter = adapters.get(parameter)?.find(({ start }) => start === from)
          return merged(readOriginal(part.name), adapter, part.shape, read)
        },
      }
      row += part.shape[0]
    }
  }
}

/** A decoder's norms include the offset, their files don't. */
function* withoutOffset(chunks: Iterable<Float32Array>, offset: number): Generator<Float32Array> {
  for (const chunk of chunks) yield offset === 0 ? chunk : chunk.map((value) => value - offset)
}

/** The adapters' matrices by Hugging Face's names, `PROJECTION.lora_A.weight` and `PROJECTION.lora_B.weight`. */
function* adapterTensors(weights: DecoderWeights, read: ReadRows): Generator<LazyTensor> {
  for (const parameter of parametersOf(weights)) {
    if (!parameter.name.includes('.lora_')) continue
    const [{ name, shape }] = parameter.parts
    yield {
      ...{ name, shape },
      get data() {
        return read(parameter.value)
      },
    }
  }
}

/** Frozen weights are read from their files; adapters need their two matrices. */
const valuesToRead = (parameter: Parameter): Tensor[] => (parameter.trainable ? [parameter.value] : [])

/** `W + scale B A`, overwriting W. */
function merged(weight: Float32Array, adapter: Adapter | undefined, shape: readonly number[], read: ReadRows): Float32Array {
  if (adapter) addProduct(weight, wholeOf(adapter.b, read), wholeOf(adapter.a, read), shape, adapter.scale)
  return weight
}

function wholeOf({ value, size }: Parameter, read: ReadRows): Float32Array {
  const whole = new Float32Array(size)
  let at = 0
  for (const piece of read(value)) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
