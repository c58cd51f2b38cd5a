import type { Precision } from '../../shared/train-config.ts'

/** How a shader uses a buffer's values. */
export type BufferUse = { readonly access: 'read' | 'write' | 'change'; readonly type: Precision | 'int32' }

export const reads = (type: BufferUse['type'] = 'float32'): BufferUse => ({ access: 'read', type })
/** Every value is written, none is read. */
export const writes = (type: BufferUse['type'] = 'float32'): BufferUse => ({ access: 'write', type })
/** Read and written in place. */
export const changes = (type: Precision = 'float32'): BufferUse => ({ access: 'change', type })

interface ShaderParts {
  /** For error messages. */
  readonly name: string
  /** Extensions of WGSL that it needs; the device must have them. */
  readonly extensions?: readonly string[]
  /** By name, in binding order. */
  readonly buffers: Readonly<Record<string, BufferUse>>
  /** Fields of the uniform `numbers`. */
  readonly numbers?: Readonly<Record<string, 'u32' | 'f32'>>
  /** Threads of a workgroup. */
  readonly threads: number
  /** Declarations outside the entry point: workgroup memory, constants, functions. */
  readonly declarations?: string
  /** The entry point's statements. `group` is the workgroup's index, `thread` its own within the workgroup, `subgroup` that of its subgroup where the extension is named. */
  readonly body: string
}

export interface Shader extends Omit<ShaderParts, 'extensions' | 'declarations' | 'body'> {
  readonly numbers: Readonly<Record<string, 'u32' | 'f32'>>
  /** WGSL. */
  readonly code: string
}

/**
 * A compute shader from its parts. For each buffer `x` of numbers there are functions that hide its storage: `x_at(i)` reads value i as
 * f32, and `x_put(i, a, b, isPair)` writes the values i and i + 1, or i alone as the last of the buffer. bfloat16 is stored as two values to
 * a word, so there i must be even. An int32 buffer is an array.
 */
export function shader({ extensions = [], numbers = {}, declarations = '', body, ...parts }: ShaderParts): Shader {
  const buffers = Object.entries(parts.buffers)
  const code = [
    ...extensions.map((name) => `enable ${name};`),
    ...buffers.map(([name, use], i) => declared(name, use, i)),
    buffers.some(([, { type }]) => type === 'bfloat16') ? halves : '',
    ...buffers.map(([name, use]) => accessors(name, use)),
    uniform(numbers, buffers.length),
    declarations,
    entry(parts.threads, extensions.includes('subgroups'), body),
  ]
  return { ...parts, numbers, code: code.filter((text) => text !== '').join('\n') }
}

function declared(name: string, { access, type }: BufferUse, binding: number): string {
  const element = { float32: 'f32', int32: 'i32', bfloat16: 'u32' }[type]
  return `@group(0) @binding(${binding}) var<storage, ${access === 'read' ? 'read' : 'read_write'}> ${name}: array<${element}>;`
}

function accessors(name: string, { access, type }: BufferUse): string {
  if (type === 'int32') return ''
  const isFloat = type === 'float32'
  const at = isFloat ? `${name}[i]` : `unpack_halves(${name}[i / 2])[i & 1]`
  const put = isFloat ? `${name}[i] = a; if (isPair) { ${name}[i + 1] = b; }` : `${name}[i / 2] = pack_halves(a, select(0.0, b, isPair));`
  const reading = `fn ${name}_at(i: u32) -> f32 { return ${at}; }`
  const writing = `fn ${name}_put(i: u32, a: f32, b: f32, isPair: bool) { ${put} }`
  return { read: reading, write: writing, change: `${reading}\n${writing}` }[access]
}

/** bfloat16 is the upper half of a float32. Rounded to nearest even; a NaN stays one. */
const halves = `
fn unpack_halves(word: u32) -> vec2f { return vec2f(bitcast<f32>(word << 16), bitcast<f32>(word & 0xffff0000)); }
fn half_of(value: f32) -> u32 {
  let bits = bitcast<u32>(value);
  return select((bits + 0x7fff + ((bits >> 16) & 1)) >> 16, 0x7fc0u, (bits & 0x7fffffff) > 0x7f800000);
}
fn pack_halves(a: f32, b: f32) -> u32 { return half_of(a) | (half_of(b) << 16); }`

const uniform = (numbers: Readonly<Record<string, string>>, binding: number): string => {
  const fields = Object.entries(numbers).map(([name, type]) => `${name}: ${type}`)
  return fields.length === 0 ? '' : `struct Numbers { ${fields.join(', ')} }\n@group(0) @binding(${binding}) var<uniform> numbers: Numbers;`
}

/** A dimension of a dispatch has a limit, so the workgroups' index spans two. */
const entry = (threads: number, hasSubgroups: boolean, body: string): string => `
@compute @workgroup_size(${threads}) fn main(
  @builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) workgroups: vec3u, @builtin(local_invocation_index) thread: u32${
    hasSubgroups ? ',\n  @builtin(subgroup_id) subgroup: u32' : ''
  }
) {
  let group = workgroup.y * workgroups.x + workgroup.x;
${body}
}`

/** Versions of a shader that differ in more than numbers. Each is made once, because a device compiles each object. */
export function variants<A extends readonly (string | number | boolean)[]>(make: (...version: A) => Shader): (...version: A) => Shader {
  const made = new Map<string, Shader>()
  return (...version) => {
    const key = version.join(' ')
    const known = made.get(key) ?? make(...version)
    made.set(key, known)
    return known
  }
}

/** Declares `total(value, thread)`: the sum over a workgroup's threads, a power of two, always added in the same order. */
export const sumOverThreads = (threads: number): string => `
var<workgroup> partial_sums: array<f32, ${threads}>;
fn total(value: f32, thread: u32) -> f32 {
  partial_sums[thread] = value;
  for (var half = ${threads / 2}u; half > 0; half /= 2) {
    workgroupBarrier();
    if (thread < half) { partial_sums[thread] += partial_sums[thread + half]; }
  }
  workgroupBarrier();
  let sum = partial_sums[0];
  workgroupBarrier(); // before the next call writes
  return sum;
}`
