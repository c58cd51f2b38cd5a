import { resolve } from 'node:path'
import { GGMLQuantizationType, type GGUFParseOutput, gguf } from '@huggingface/gguf'
import { badInput, LaurelError } from '../../../../shared/errors.ts'
import { type BinaryFile, openBinaryFile, truncated } from '../binary-file.ts'
import { type BlockFormat, blockFormats } from './dequantize.ts'
import { GgufMetadata } from './gguf-metadata.ts'

/** A tensor's location in a GGUF file. */
export interface GgufTensor {
  readonly name: string // GGUF's name
  readonly shape: readonly number[] // row-major, as in Hugging Face's files: GGUF's order reversed
  readonly format: BlockFormat
  readonly offset: number
  readonly elements: number
}

export interface GgufFile {
  readonly file: BinaryFile
  readonly metadata: GgufMetadata
  readonly tensors: ReadonlyMap<string, GgufTensor>
}

/**
 * Open a GGUF file and validate its header against the file. Throws NOT_FOUND, BAD_INPUT or UNSUPPORTED naming the file. The caller closes
 * `file`.
 */
export async function openGguf(path: string): Promise<GgufFile> {
  const file = openBinaryFile(path)
  try {
    checkCounts(file)
    const parsed = await parse(path)
    if (!parsed.littleEndian) throw new LaurelError('UNSUPPORTED', `${path}: big-endian GGUF is not supported`, 'Use a little-endian file.')
    const metadata = new GgufMetadata(path, parsed.metadata as Record<string, unknown>)
    if ((metadata.optionalNumber('split.count') ?? 1) > 1) {
      throw new LaurelError('UNSUPPORTED', `${path}: this is one part of a split GGUF`, 'Join the parts with llama-gguf-split --merge.')
    }
    return { file, metadata, tensors: tensorsOf(parsed, file, metadata.optionalNumber('general.alignment') ?? 32) }
  } catch (error) {
    file.close()
    throw error
  }
}

const maxTensors = 100_000 // the parser's own limit would let a small file allocate far too much
const maxKeys = 100_000
const leastTensorBytes = 8 + 4 + 4 + 8 // name length, dimensions, type, offset
const leastKeyBytes = 8 + 4 + 1

/** Reject counts that are too large for the file before the parser loops over them. */
function checkCounts(file: BinaryFile): void {
  const head = new Uint8Array(24)
  if (file.size < head.length) throw truncated(file.path, `${file.size} bytes is too short for a GGUF file`)
  file.read(0, head)
  const view = new DataView(head.buffer)
  if (view.getUint32(0, true) !== 0x46554747) throw badInput(`${file.path}: not a GGUF file`, 'Choose a GGUF file.')
  const version = view.getUint32(4, true)
  if (version !== 2 && version !== 3) {
    throw new LaurelError('UNSUPPORTED', `${file.path}: GGUF version ${version} is not supported`, 'Use a file of version 2 or 3.')
  }
  const tensors = Number(view.getBigUint64(8, true))
  const keys = Number(view.getBigUint64(16, true))
  if (tensors > maxTensors || keys > maxKeys || tensors * leastTensorBytes + keys * leastKeyBytes > file.size) {
    throw badInput(`${file.path}: damaged: ${tensors} tensors and ${keys} keys can't fit in ${file.size} bytes`, 'Download the file again.')
  }
}

async function parse(path: string): Promise<GGUFParseOutput> {
  try {
    return await gguf(resolve(path), { allowLocalFile: true })
  } catch (error) {
    throw badInput(`${path}: not a valid GGUF file: ${(error as Error).message}`, 'Download the file again.')
  }
}

function tensorsOf(parsed: GGUFParseOutput, file: BinaryFile, alignment: number): Map<string, GgufTensor> {
  const { path } = file
  if (parsed.tensorInfoByteRange[1] > file.size) throw truncated(path, 'the header is incomplete')
  if (alignment < 8 || alignment > 1 << 20 || (alignment & (alignment - 1)) !== 0) {
    throw badInput(`${path}: damaged: alignment ${alignment}`, 'Download the file again.')
  }
  const tensors = new Map<string, GgufTensor>()
  for (const info of parsed.tensorInfos) {
    const tensor = tensorOf(path, info, Number(parsed.tensorDataOffset))
    const end = tensor.offset + (tensor.elements / tensor.format.elements) * tensor.format.bytes
    if (end > file.size) throw truncated(path, `tensor ${info.name} ends at byte ${end}, but the file has ${file.size} bytes`)
    if (tensor.offset % alignment !== 0 || tensors.has(info.name)) {
      throw badInput(`${path}: damaged: tensor ${info.name} is misplaced or duplicated`, 'Download the file again.')
    }
    tensors.set(info.name, tensor)
  }
  return tensors
}

function tensorOf(path: string, info: GGUFParseOutput['tensorInfos'][number], dataStart: number): GgufTensor {
  const { name } = info
  const format = blockFormats.get(info.dtype)
  if (!format) {
    const readable = [...blockFormats.values()].map((known) => known.name).join(', ')
    const type = GGMLQuantizationType[info.dtype] ?? `type ${info.dtype}`
    throw new LaurelError('UNSUPPORTED', `${path}: tensor ${name} is ${type}, which is not supported`, `Use a file in one of ${readable}.`)
  }
  const shape = info.shape.map(Number).reverse()
  const elements = shape.reduce((product, n) => product * n, 1)
  const offset = dataStart + Number(info.offset)
  const rowLength = shape.at(-1) ?? 1
  if (!Number.isSafeInteger(elements) || !Number.isSafeInteger(offset) || elements === 0 || rowLength % format.elements !== 0) {
    throw badInput(`${path}: damaged: tensor ${name} of shape [${shape.join(', ')}] in ${format.name}`, 'Download the file again.')
  }
  return { name, shape, format, offset, elements }
}
