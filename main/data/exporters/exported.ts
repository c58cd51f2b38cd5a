import type { Prompt } from '../imported.ts'

/** An exported preference pair with its provenance. */
export interface ExportedPair {
  readonly prompt: Prompt
  readonly chosen: string
  readonly rejected: string
  /** Mean rewards; null if the pair has none (the user wrote or chose it). */
  readonly scoreChosen: number | null
  readonly scoreRejected: number | null
  /** The model and method that gave the rewards, null if none did. */
  readonly judge: string | null
  /** The user's decision against the judge (`swap`, `edit`, ...); null if the judge's choice applies. */
  readonly override: string | null
  /** Additional provenance columns. */
  readonly provenance?: Readonly<Record<string, unknown>>
}

/** An exported prompt with the response to imitate. */
export interface ExportedExample {
  readonly prompt: Prompt
  readonly response: string
  /** Loss weight per response token, if any. */
  readonly weights?: readonly number[]
  /** The instruction without its input, if the prompt combines them. */
  readonly task?: string
  readonly classification?: boolean
  /** In data with unwanted responses: whether this one is wanted. */
  readonly label?: boolean
}
