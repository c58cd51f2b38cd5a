import { useSupportedModel } from '../../../../shared/architectures.ts'
import { LaurelError } from '../../../../shared/errors.ts'
import { architectures } from '../../architectures/families.ts'
import type { ModelConfig } from '../../config.ts'
import type { WeightSource } from '../../load-model.ts'
import type { BinaryFile } from '../binary-file.ts'
import type { GgufFile, GgufTensor } from './gguf-file.ts'
import { ggufError } from './gguf-metadata.ts'

const outside: Record<string, string> = {
  'token_embd.weight': 'model.embed_tokens.weight',
  'output_norm.weight': 'model.norm.weight',
  'output.weight': 'lm_head.weight',
}

const inLayer: Record<string, string> = {
  attn_norm: 'input_layernorm',
  attn_q: 'self_attn.q_proj',
  attn_k: 'self_attn.k_proj',
  attn_v: 'self_attn.v_proj',
  attn_q_norm: 'self_attn.q_norm',
  attn_k_norm: 'self_attn.k_norm',
  attn_output: 'self_attn.o_proj',
  ffn_norm: 'post_attention_layernorm',
  ffn_gate: 'mlp.gate_proj',
  ffn_up: 'mlp.up_proj',
  ffn_down: 'mlp.down_proj',
}

/** Tensors in GGUF files that aren't weights: the RoPE divisors are read with the configuration. */
const notWeights = new Set(['rope_freqs.weight'])

/**
 * A GGUF file's tensors with Hugging Face's names, shapes and layout.
 *
 * If the architecture's rows of q and k are interleaved (`GgufForm`), reading restores Hugging Face's order. Throws UNSUPPORTED for tensors unknown to the supported architectures.
 */
export function ggufWeights(gguf: GgufFile, config: ModelConfig): WeightSource {
  const { file } = gguf
  const tensors = new Map<string, GgufTensor>()
  for (const tensor of gguf.tensors.values()) {
    if (notWeights.has(tensor.name)) continue
    const name = huggingFaceName(tensor.name)
    if (!name) {
      throw new LaurelError('UNSUPPORTED', `${file.path}: tensor ${tensor.name} doesn't belong to a supported model`, useSupportedModel)
    }
    tensors.set(name, tensor)
  }
  const interleaved = architectures[config.architecture].gguf.interleaved
  return {
    names: [...tensors.keys()],
    has: (name) => tensors.has(name),
    shape: (name) => tensors.get(name)!.shape,
    read(name, room) {
      const tensor = tensors.get(name)!
      const values = readGgufTensor(file, tensor, room)
      if (interleaved && /\.self_attn\.[qk]_proj\./.test(name)) halvesFromPairs(values, tensor, config.headDim, file.path)
      return values
    },
    close: file.close,
  }
}

function huggingFaceName(name: string): string | undefined {
  if (Object.hasOwn(outside, name)) return outside[name]
  const [, layer, part, kind] = /^blk\.(\d+)\.(\w+)\.(weight|bias)$/.exec(name) ?? []
  return part !== undefined && Object.hasOwn(inLayer, part) ? `model.layers.${layer}.${inLayer[part]}.${kind}` : undefined
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
