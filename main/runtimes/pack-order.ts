import type { Manifest, RuntimeKind } from './manifest.ts'

/** Tells of each step as it begins, in one line. */
export type Report = (step: string) => void

/** A pack to be made, and the empty folder to make it in. */
export interface PackOrder {
  readonly home: string
  readonly kind: RuntimeKind
  readonly folder: string
  readonly report: Report
}

/** What is known of a pack's contents beside what its files tell. */
export type PackContents = Pick<Manifest, 'source' | 'wheels' | 'binding' | 'kernels'>
