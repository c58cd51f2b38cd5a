import { dispatch, groupsFor, type Inputs, pairsOf } from './webgpu-dispatch.ts'
import { type BufferUse, type Shader, shader } from './webgpu-shader.ts'

/** Threads of a workgroup, each with two values. */
const THREADS = 64

interface Elementwise {
  readonly name: string
  readonly buffers: Readonly<Record<string, BufferUse>>
  readonly numbers?: Readonly<Record<string, 'u32' | 'f32'>>
  /** Declares `fn value(i: u32) -> f32`, the value at each place of a buffer. */
  readonly value: string
  /** The buffer that receives the values, and where value `i` is in it, if not at `i`: an even place. */
  readonly output: string
  readonly at?: string
  /** Statements after it, with `i`, the first value's place, and `isPair`. */
  readonly also?: string
}

/** A shader that computes each value of a tensor by itself: two neighbors a thread, since in bfloat16 they share a word. */
export const elementwise = ({ name, buffers, numbers, value, output, at = 'i', also = '' }: Elementwise): Shader =>
  shader({
    ...{ name, buffers, threads: THREADS, declarations: value },
    numbers: { size: 'u32', ...numbers },
    body: `
  let i = 2 * (group * ${THREADS} + thread);
  if (i >= numbers.size) { return; }
  let isPair = i + 1 < numbers.size;
  ${output}_put(${at}, value(i), value(i + 1), isPair);
  ${also}`,
  })

/** Append an elementwise shader for `size` values to the current commands. */
export function dispatchElements(shader: Shader, size: number, { buffers, numbers }: Pick<Inputs, 'buffers' | 'numbers'>): void {
  dispatch(shader, { buffers, numbers: { size, ...numbers }, groups: groupsFor(pairsOf(size), THREADS) })
}
