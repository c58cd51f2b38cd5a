import type { Tensor } from '@tensorflow/tfjs-core'
import { dispatch, outputTensor } from '../../backends/webgpu-dispatch.ts'
import { reads, shader, writes } from '../../backends/webgpu-shader.ts'

const THREADS = 64 // of a row

/** A workgroup per row of the result: the sum of the rows that belong there, in order. */
const scatter = shader({
  name: 'scatter-rows',
  buffers: { rows: reads(), indices: reads('int32'), sums: writes() },
  numbers: { count: 'u32', width: 'u32', results: 'u32' },
  threads: THREADS,
  body: `
  if (group >= numbers.results) { return; }
  for (var c = thread; c < numbers.width; c += ${THREADS}) {
    var sum = 0.0;
    for (var n = 0u; n < numbers.count; n++) {
      if (u32(indices[n]) == group) { sum += rows_at(n * numbers.width + c); }
    }
    sums_put(group * numbers.width + c, sum, 0, false);
  }`,
})

export function wgslScatterRows(rows: Tensor, indices: Tensor, results: number): Tensor {
  const [count, width] = rows.shape
  const sums = outputTensor([results, width])
  dispatch(scatter, { buffers: { rows, indices, sums }, numbers: { count, width, results }, groups: results })
  return sums
}
