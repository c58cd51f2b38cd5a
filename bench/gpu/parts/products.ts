import * as tf from '@tensorflow/tfjs-core'
import { type Operand, operand, product, widen } from '../../../main/engine/backends/operand.ts'
import { tidy } from '../../../main/engine/backends/tidy.ts'
import { subgroupMatrix, useSubgroupMatrix } from '../../../main/engine/backends/webgpu-dispatch.ts'
import { type SubgroupMatrix, usableMatrix } from '../../../main/engine/backends/webgpu-subgroup-product.ts'
import type { Precision } from '../../../main/shared/train-config.ts'
import { noise } from '../../kernels/entry.ts'
import { deviceMicros } from '../device-clock.ts'
import { type GpuBackend, startGpu } from '../gpu-backend.ts'
import { secondsPerCall } from '../gpu-clock.ts'
import type { GpuSizes } from '../gpu-sizes.ts'
import { figuresOf, printNote } from '../part-output.ts'

/** Largest error of a product's value, relative to the size of its terms' sum. */
const tolerances = { float32: 1e-4, bfloat16: 1e-2 }

/**
 * Products of activations with weights as checkpoints store them, [M, K] x [N, K]^T: their error, and how fast they are. Where the adapter has
 * matrix units, the largest products are measured with and without them too.
 */
export async function measureProducts(backend: GpuBackend, precision: Precision, { products, timing }: GpuSizes): Promise<void> {
  await startGpu(backend, precision)
  const print = figuresOf(backend)
  await measureAll('', products.rows)
  const units = backend === 'webgpu' && precision === 'bfloat16' ? adapterUnits() : null
  if (units === null) return
  printNote(`Products above ran ${subgroupMatrix() ? 'on' : 'without'} matrix units of ${units.M}x${units.N}x${units.K}`)
  for (const matrix of [units, null]) {
    useSubgroupMatrix(matrix)
    await measureAll(matrix ? ', on matrix units' : ', without matrix units', products.rows.slice(-1))
  }

  async function measureAll(how: string, rows: readonly number[]): Promise<void> {
    const [[K, N]] = products.factors
    const error = await productError(Math.min(64, products.rows[0]), K, N, precision)
    print(`values of a product ${K}x${N}${how}`, precision, { error })
    for (const [K, N] of products.factors) await measureFactor(K, N, how, rows)
    if (!(error < tolerances[precision])) throw new Error(`a ${precision} product of ${K}x${N}${how} is wrong by ${error}`)
  }

  async function measureFactor(K: number, N: number, how: string, rows: readonly number[]): Promise<void> {
    const weight = values([N, K], precision)
    let rate = 0
    for (const M of rows) {
      const flops = 2 * M * N * K
      if (rate > 0 && flops / rate > timing.dispatchSeconds) {
        printNote(
          `${name(M, K, N)}${how}, ${precision}: left out, since it would take ${(flops / rate).toFixed(2)} s, too long for a dispatch`,
        )
        continue
      }
      const x = values([M, K], precision)
      const bytes = (precision === 'bfloat16' ? 2 : 4) * M * N
      const multiply = (): unknown => product(x, weight, { transposeB: true })
      const seconds = await secondsPerCall(multiply, bytes, timing)
      rate = flops / seconds
      print(`${name(M, K, N)}${how}`, precision, { 'TFLOP/s': rate / 1e12, 'device µs': await deviceMicros(multiply, seconds, timing) })
      x.tensor.dispose()
    }
    weight.tensor.dispose()
  }
}

const adapterUnits = (): SubgroupMatrix | null => {
  const { adapterInfo: info, features, limits } = (tf.backend() as unknown as { readonly device: GPUDevice }).device
  return usableMatrix({ info, features, limits })
}

const name = (M: number, K: number, N: number): string => `product ${M}x${K}x${N}`

function values(shape: [number, number], precision: Precision): Operand {
  const wide = noise(shape)
  const rounded = operand(wide, precision)
  if (rounded.tensor !== wide) wide.dispose()
  return rounded
}

/** Largest difference from the same product in double precision, relative to the root of the number of terms. */
async function productError(M: number, K: number, N: number, precision: Precision): Promise<number> {
  const [x, weight] = [values([M, K], precision), values([N, K], precision)]
  const wide = tidy(() => [widen(x), widen(weight), widen(product(x, weight, { transposeB: true }))])
  const [a, b, y] = (await Promise.all(wide.map((tensor) => tensor.data()))) as Float32Array[]
  tf.dispose([x.tensor, weight.tensor, wide])
  let worst = 0
  for (let m = 0; m < M; m++) {
    for (let n = 0; n < N; n++) {
      let sum = 0
      for (let k = 0; k < K; k++) sum += a[m * K + k] * b[n * K + k]
      const difference = Math.abs(sum - y[m * N + n]) / Math.sqrt(K)
      worst = difference <= worst ? worst : difference // a NaN stays
    }
  }
  return worst
}
