import { useSupportedModel } from '../../../../shared/architectures.ts'
import { LaurelError } from '../../../../shared/errors.ts'
import { architectures } from '../../architectures/families.ts'
import type { ModelConfig } from '../../config.ts'
import { isNorm } from '../../expected-tensors.ts'
import type { WeightSource } from '../../load-model.ts'
import type { BinaryFile } from '../binary-file.ts'
import type { GgufFile, GgufTensor } from './gguf-file.ts'
import { ggufError } from './gguf-metadata.ts'
import { huggingFaceName, isRotated } from './gguf-names.ts'

/** Tensors in GGUF files that aren't weights: the RoPE divisors are read with the configuration. */
const notWeights = new Set(['rope_freqs.weight'])

/**
 * A GGUF file's tensors with Hugging Face's names, shapes, layout, and values: if the architecture's rows of q and k are interleaved
 * (`GgufForm`), reading restores their order, and norms lose the offset that the file includes. Throws UNSUPPORTED for tensors that the
 * architecture doesn't have.
 */
export function ggufWeights(gguf: GgufFile, config: ModelConfig): WeightSource {
  const { file } = gguf
  const architecture = architectures[config.architecture]
  const tensors = new Map<string, GgufTensor>()
  for (const tensor of gguf.tensors.values()) {
    if (notWeights.has(tensor.name)) continue
    const name = huggingFaceName(architecture, tensor.name)
    if (!name) {
      throw new LaurelError('UNSUPPORTED', `${file.path}: tensor ${tensor.name} doesn't belong to a supported model`, useSupportedModel)
    }
    tensors.set(name, tensor)
  }
  return {
    names: [...tensors.keys()],
    has: (name) => tensors.has(name),
    shape: (name) => tensors.get(name)!.shape,
    read(name, room) {
      const tensor = tensors.get(name)!
      const values = readGgufTensor(file, tensor, room)
      if (architecture.gguf.interleaved && isRotated(name)) halvesFromPairs(values, tensor, config.headDim, file.path)
      if (config.normOffset !== 0 && isNorm(name)) for (let i = 0; i < values.length; i++) values[i] -= config.normOffset
      return values
    },
    close: file.close,
  }
}

/** Elements per conversion chunk (a multiple of every block size), so that a large tensor's blocks and values are never both in memory. */
const chunkElements = 1 << 22

/** A tensor's values in the file's layout. */
export function readGgufTensor(
  file: BinaryFile,
  tensor: GgufTensor,
  values: Float32Array = new Float32Array(tensor.elements),
): Float32Array {
  const { format } = tensor
  const bytesFor = (elements: number) => (elements / format.elements) * format.bytes
  const raw = new Uint8Array(bytesFor(Math.min(chunkElements, values.length)))
  for (let start = 0; start < values.length; start += chunkElements) {
    const chunk = values.subarray(start, start + chunkElements)
    const blocks = raw.subarray(0, bytesFor(chunk.length))
    file.read(tensor.offset + bytesFor(start), blocks)
    format.decode(blocks, chunk)
  }
  raw.buffer.transfer(0) // free it now: the garbage collector would keep up to the file's size
  return values
}

/** In each head, rows (0, 1), (2, 3), ... become (0, D/2), (1, D/2 + 1), ... In place. */
function halvesFromPairs(values: Float32Array, tensor: GgufTensor, headDim: number, path: string): void {
  const rows = tensor.shape[0]
  const width = values.length / rows
  if (rows % headDim !== 0) throw ggufError(path, `tensor ${tensor.name} has ${rows} rows, which isn't a multiple of ${headDim}`)
  const head = new Float32Array(headDim * width)
  for (let start = 0; start < values.length; start += head.length) {
    head.set(values.subarray(start, start + head.length))
    for (let row = 0; row < headDim; row++) {
      const target = start + ((row >> 1) + (row & 1) * (headDim / 2)) * width
      values.set(head.subarray(row * width, (row + 1) * width), target)
    }
  }
}
