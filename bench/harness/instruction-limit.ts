/**
 * Instruction sets to which a newer processor can be limited, so that it computes as an older one does, each with the processor's features that are left and
 * the variables that limit whatever multiplies: oneDNN (TensorFlow's, torch's), Laurel's kernels, and torch's own operations and MKL.
 */
const limits = {
  avx2: {
    features: ['avx2'],
    variables: { ONEDNN_MAX_CPU_ISA: 'AVX2', LAUREL_KERNELS: 'x86_v3', ATEN_CPU_CAPABILITY: 'avx2', MKL_ENABLE_INSTRUCTIONS: 'AVX2' },
  },
  avx512f: {
    features: ['avx2', 'avx512f'],
    variables: {
      ...{ ONEDNN_MAX_CPU_ISA: 'AVX512_CORE', LAUREL_KERNELS: 'x86_v4' },
      ...{ ATEN_CPU_CAPABILITY: 'avx512', MKL_ENABLE_INSTRUCTIONS: 'AVX512' },
    },
  },
} as const satisfies Record<string, { features: readonly string[]; variables: Readonly<Record<string, string>> }>

export type InstructionLimit = keyof typeof limits

export const instructionLimits = Object.keys(limits) as InstructionLimit[]

/** The features that a processor with these features has left. */
export const featuresWithin = (limit: InstructionLimit, features: readonly string[]): string[] =>
  features.filter((name) => limits[limit].features.some((left) => left === name))

/** Limit this process and those that it starts. */
export function limitInstructions(limit: InstructionLimit, env: NodeJS.ProcessEnv = process.env): void {
  Object.assign(env, limits[limit].variables)
}

/** Whether a variable already limits the processor, so that a figure would be stored as another processor's. */
export const isLimitedByHand = (env: NodeJS.ProcessEnv = process.env): boolean =>
  Object.values(limits).some(({ variables }) => Object.keys(variables).some((name) => env[name] !== undefined))
