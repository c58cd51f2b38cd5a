import type { RuntimeKind } from '../shared/enums.ts'
import type { Manifest } from './manifest.ts'

/** Reports the start of each step, in one line. */
export type Report = (step: string) => void

/** A pack to build, and the empty folder to build it in. */
export interface PackOrder {
  readonly home: string
  readonly kind: RuntimeKind
  readonly folder: string
  readonly report: Report
}

/** The part of a manifest that can't be derived from the pack's files. */
export type PackContents = Pick<Manifest, 'source' | 'wheels' | 'binding' | 'kernels'>
