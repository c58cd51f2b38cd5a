import { z } from 'zod'

/** Forms in which a model can be exported. */
export const exportForms = ['hugging-face', 'gguf', 'adapter'] as const
export const exportForm = z.enum(exportForms)
export type ExportForm = z.infer<typeof exportForm>

/** Precisions of exported weights: `as-is` copies the files. */
export const exportPrecisions = ['as-is', 'F32', 'F16', 'BF16', 'Q8_0'] as const
export const exportPrecision = z.enum(exportPrecisions)
export type ExportPrecision = z.infer<typeof exportPrecision>

/** The precisions that a form has, the usual one first. */
export const precisionsOf: Readonly<Record<ExportForm, readonly ExportPrecision[]>> = {
  'hugging-face': ['as-is', 'F32', 'BF16', 'F16'],
  gguf: ['F16', 'BF16', 'Q8_0', 'F32'],
  adapter: ['F32'],
}

/** A model to write in another form: a Hugging Face folder, a GGUF file in a folder, or the adapters of its training in PEFT's form. */
export const writeModelParams = z.object({
  model: z.string(),
  form: exportForm,
  precision: exportPrecision,
  /** Its name in the file. */
  title: z.string(),
  /** New folder; appears complete or not at all, and replaces nothing. */
  out: z.string(),
  /** Further files of the folder: name -> content. */
  texts: z.record(z.string(), z.string()),
})
export type WriteModelParams = z.infer<typeof writeModelParams>

/** Progress, in bytes. */
export const writtenBytes = z.object({ done: z.number(), total: z.number() })
export type WrittenBytes = z.infer<typeof writtenBytes>
