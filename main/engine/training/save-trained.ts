import type { Tensor } from '@tensorflow/tfjs-core'
import type { TrainParams } from '../../shared/engine-protocol.ts'
import { type ReadRows, readerOf } from '../backends/read-values.ts'
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
    const { weights } = model.decoder
    const read = await readerOf(parametersOf(weights).flatMap(valuesToRead))
    const tensors = tensorsOf(weights, read, original.weights.read.bind(original.weights))
    saveModel(params.out, { configJson: { ...configJson, dtype: 'float32' }, tokenizerFiles, tensors, dtype: 'F32' })
  } finally {
    original.weights.close()
  }
}

/** A tensor whose values are read on demand, so that there is no second copy of the model. */
type LazyTensor = Omit<TensorToWrite, 'dtype'>

function* tensorsOf(weights: DecoderWeights, read: ReadRows, readOriginal: (name: string) => Float32Array): Generator<LazyTensor> {
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
          if (parameter.trainable) return read(parameter.value, from, part.shape[0])
          const adapter = adapters.get(parameter)?.find(({ start }) => start === from)
          return merged(readOriginal(part.name), adapter, part.shape, read)
        },
      }
      row += part.shape[0]
    }
  }
}

/** Frozen weights are read from their files; adapters need their two matrices. */
const valuesToRead = (parameter: Parameter): Tensor[] => (parameter.trainable ? [parameter.value] : [])

/** `W + scale B A` in float32 on the host, overwriting W: B is [O, R] and A [R, I], with a small R. */
function merged(weight: Float32Array, adapter: Adapter | undefined, shape: readonly number[], read: ReadRows): Float32Array {
  if (!adapter) return weight
  const [outputs, inputs] = shape
  const rank = adapter.a.shape[0]
  const a = wholeOf(adapter.a, read)
  const b = wholeOf(adapter.b, read)
  for (let o = 0; o < outputs; o++) {
    for (let r = 0; r < rank; r++) {
      const factor = adapter.scale * b[o * rank + r]
      for (let i = 0; i < inputs; i++) weight[o * inputs + i] += factor * a[r * inputs + i]
    }
  }
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
