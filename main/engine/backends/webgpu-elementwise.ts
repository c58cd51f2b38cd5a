import { type BufferUse, type Shader, shader } from './webgpu-shader.ts'

/** Threads of a workgroup, each with two values. */
const THREADS = 64

/** Workgroups of an elementwise shader for this many values. */
export const elementGroups = (size: number): number => Math.ceil(size / (2 * THREADS))

interface Elementwise {
  readonly name: string
  readonly buffers: Readonly<Record<string, BufferUse>>
  readonly numbers?: Readonly<Record<string, 'u32' | 'f32'>>
  /** Declares `fn value(i: u32) -> f32`, the value at each place of a buffer. */
  readonly value: string
  /** The buffer that receives the values. */
  readonly output: string
  /** Statements after it, with `i`, the first value's place, and `isPair`. */
  readonly also?: string
}

/** A shader that computes each value of a tensor by itself: two neighbors a thread, since in bfloat16 they share a word. `size`: a number. */
export const elementwise = ({ name, buffers, numbers, value, output, also = '' }: Elementwise): Shader =>
  shader({
    ...{ name, buffers, threads: THREADS, declarations: value },
    numbers: { size: 'u32', ...numbers },
    body: `
  let i = 2 * (group * ${THREADS} + thread);
  if (i >= numbers.size) { return; }
  let isPair = i + 1 < numbers.size;
  ${output}_put(i, value(i), value(i + 1), isPair);
  ${also}`,
  })
