import { z } from 'zod'
import { precision } from '../../main/shared/train-config.ts'

/** What a figure can be, and which direction is better; an error has none. */
export const measures = {
  'pairs/s': 'higher',
  'examples/s': 'higher',
  'tokens/s': 'higher',
  'TFLOP/s': 'higher',
  'GB/s': 'higher',
  'calls/s': 'higher',
  'peak GB': 'lower',
  /** Of a kernel's call, by the device's own clock. */
  'device µs': null,
  error: null,
} as const satisfies Record<string, 'higher' | 'lower' | null>

export type Measure = keyof typeof measures

/** Whose work it is. The first two are Laurel's backends, the others its peers on the same card. */
export const programs = ['webgpu', 'tensorflow', 'torch', 'torch.compile', 'transformers', 'TRL'] as const
export const program = z.enum(programs)
export type Program = z.infer<typeof program>

/** One measured number. The same work has the same name and precision in every program. */
export const figure = z.strictObject({
  program,
  work: z.string().min(1),
  precision,
  measure: z.enum(Object.keys(measures) as [Measure, ...Measure[]]),
  value: z.number().nonnegative(),
})
export type Figure = z.infer<typeof figure>

/** A WebGPU adapter as it describes itself. */
export const adapterFacts = z.strictObject({
  name: z.string().min(1),
  vendor: z.string(),
  architecture: z.string(),
  /** In the driver's own words. */
  driver: z.string(),
  isSoftware: z.boolean(),
  features: z.array(z.string()),
  limits: z.record(z.string(), z.number().nonnegative()),
  /** Sizes and types of the matrices that a subgroup multiplies together; none without the feature. */
  subgroupMatrixConfigs: z.array(z.record(z.string(), z.union([z.string(), z.number()]))),
})
export type AdapterFacts = z.infer<typeof adapterFacts>

/** A line that a part prints. What it prints besides is a library's. */
export const partLine = z.union([
  z.strictObject({ figure }),
  /** Something that a reader of the figures should know: what was left out, and why. */
  z.strictObject({ note: z.string().min(1) }),
  z.strictObject({ adapter: adapterFacts }),
  z.strictObject({ version: z.tuple([z.string(), z.string()]) }),
  /** The part can't run here, because this isn't installed. */
  z.strictObject({ missing: z.string().min(1) }),
  /** The last line of a part that did all its work. */
  z.strictObject({ finished: z.literal(true) }),
])
export type PartLine = z.infer<typeof partLine>

export const partStatuses = ['done', 'failed', 'timed out', 'not installed', 'not started'] as const

export const partResult = z.strictObject({
  name: z.string().min(1),
  status: z.enum(partStatuses),
  /** Why it isn't done; null if it is. */
  error: z.string().min(1).nullable(),
  seconds: z.number().nonnegative(),
  limitSeconds: z.number().nonnegative(),
  notes: z.array(z.string()),
  versions: z.record(z.string(), z.string()),
  /** Measured before the part ended, whether or not it did all its work. */
  figures: z.array(figure),
})
export type PartResult = z.infer<typeof partResult>

/** A figure of one of Laurel's backends, next to what the same card does otherwise. */
export const comparedFigure = figure.extend({
  /** How many times better than the best peer: above 1 is in Laurel's favor. Null if no peer was measured, and for errors. */
  shareOfTorch: z.number().nonnegative().nullable(),
  /** The peer that the share is of. */
  peer: program.nullable(),
  /** Useful operations as a share of the card's peak in this precision (MFU); null for other measures, or if no product was measured. */
  shareOfPeak: z.number().nonnegative().nullable(),
})
export type ComparedFigure = z.infer<typeof comparedFigure>

/** The fastest product that was measured, which stands for what the card can do. */
export const peak = z.strictObject({ tflops: z.number().positive(), program, work: z.string() })
export type Peak = z.infer<typeof peak>

export const gpuReport = z.strictObject({
  version: z.literal(1),
  at: z.iso.datetime(),
  /** Commit of the sources. */
  laurel: z.string().min(1),
  sizes: z.string().min(1),
  seconds: z.number().nonnegative(),
  limitSeconds: z.number().nonnegative(),
  machine: z.strictObject({ cpu: z.string(), cores: z.int(), memoryGb: z.number(), system: z.string(), node: z.string() }),
  adapter: adapterFacts.nullable(),
  /** GPUs as NVIDIA's driver describes them; none without it. Those that share the machine's memory have no bytes. */
  nvidia: z.array(
    z.strictObject({ name: z.string(), bytes: z.number().nullable(), driver: z.string(), capability: z.number().nullable() }),
  ),
  peaks: z.partialRecord(precision, peak),
  parts: z.array(partResult),
  figures: z.array(comparedFigure),
})
export type GpuReport = z.infer<typeof gpuReport>
