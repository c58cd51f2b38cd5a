import type { Tensor } from '@tensorflow/tfjs-core'
import type { Precision } from '../../../shared/train-config.ts'
import type { Operand } from '../../backends/operand.ts'
import { dispatch } from '../../backends/webgpu-dispatch.ts'
import { dispatchElements, elementwise } from '../../backends/webgpu-elementwise.ts'
import { changes, reads, shader, variants } from '../../backends/webgpu-shader.ts'

const add = variants((precision: Precision) =>
  elementwise({
    name: 'add-into',
    buffers: { sum: changes(), x: reads(precision) },
    value: 'fn value(i: u32) -> f32 { return sum_at(i) + x_at(i); }',
    output: 'sum',
  }),
)

export function wgslAddInto(sum: Tensor, { tensor: x, precision }: Operand): Tensor {
  dispatchElements(add(precision), x.size, { buffers: { sum, x } })
  return sum
}

const THREADS = 64 // of a row

/**
 * A workgroup per row to add. The first of those with the same index adds them all, in order, so that no two workgroups write one row and
 * the bits repeat.
 */
const addRows = shader({
  name: 'add-rows',
  buffers: { table_rows: changes(), rows: reads(), indices: reads('int32') },
  numbers: { count: 'u32', width: 'u32' },
  threads: THREADS,
  body: `
  if (group >= numbers.count) { return; }
  let index = indices[group];
  for (var n = 0u; n < group; n++) {
    if (indices[n] == index) { return; }
  }
  let first = u32(index) * numbers.width;
  for (var n = group; n < numbers.count; n++) {
    if (indices[n] != index) { continue; }
    for (var c = thread; c < numbers.width; c += ${THREADS}) {
      table_rows_put(first + c, table_rows_at(first + c) + rows_at(n * numbers.width + c), 0, false);
    }
  }`,
})

export function wgslAddRowsInto(table: Tensor, rows: Tensor, indices: Tensor): Tensor {
  const [count, width] = rows.shape
  dispatch(addRows, { buffers: { table_rows: table, rows, indices }, numbers: { count, width }, groups: count })
  return table
}
