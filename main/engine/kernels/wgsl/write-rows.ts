import type * as tf from '@tensorflow/tfjs-core'
import type { Precision } from '../../../shared/train-config.ts'
import { inPrecision, type Operand, widen } from '../../backends/operand.ts'
import { dispatch } from '../../backends/webgpu-dispatch.ts'
import { writable } from '../../backends/webgpu-halves.ts'
import { changes, reads, shader, variants } from '../../backends/webgpu-shader.ts'

const THREADS = 64 // of a row

/** A workgroup per row to write. A row outside the storage is left out. */
const write = variants((precision: Precision) =>
  shader({
    name: 'write-rows',
    buffers: { kept: changes(precision), source: reads(precision), rows: reads('int32') },
    numbers: { count: 'u32', width: 'u32', stored: 'u32', source_width: 'u32', first: 'u32' },
    threads: THREADS,
    body: `
  if (group >= numbers.count || u32(rows[group]) >= numbers.stored) { return; }
  let to = u32(rows[group]) * numbers.width;
  let origin = group * numbers.source_width + numbers.first;
  for (var c = 2 * thread; c < numbers.width; c += ${2 * THREADS}) {
    kept_put(to + c, source_at(origin + c), source_at(origin + c + 1), c + 1 < numbers.width);
  }`,
  }),
)

export function wgslWriteRows(storage: Operand, given: Operand, rows: tf.Tensor2D, from: number): Operand {
  const [stored, width] = storage.tensor.shape as [number, number]
  if (writable(storage.precision, width) !== storage.precision) return writeWide(storage, given, rows, from)
  const source = given.tensor
  const count = rows.shape[0]
  dispatch(write(storage.precision), {
    buffers: { kept: storage.tensor, source, rows },
    numbers: { count, width, stored, source_width: source.shape[1] as number, first: from },
    groups: count,
  })
  return storage
}

/** Single values of bfloat16, as banned tokens' logits are. */
function writeWide(storage: Operand, given: Operand, rows: tf.Tensor2D, from: number): Operand {
  const [wide, source] = [storage, given].map((x): Operand => ({ tensor: widen(x), precision: 'float32' }))
  storage.tensor.dispose()
  const written = wgslWriteRows(wide, source, rows, from)
  source.tensor.dispose()
  return inPrecision(written, storage.precision)
}
