import type { Prompt } from '../imported.ts'

/** A preference pair as it leaves the project, with what is known of how it came about. */
export interface ExportedPair {
  readonly prompt: Prompt
  readonly chosen: string
  readonly rejected: string
  /** Mean rewards; null where the pair has none (a person wrote or chose it). */
  readonly scoreChosen: number | null
  readonly scoreRejected: number | null
  /** Which model and method gave the rewards, null where none did. */
  readonly judge: string | null
  /** What a person decided against the judge (`swap`, `edit`, ...); null where the judge's choice stands. */
  readonly override: string | null
}

/** A prompt and the response to imitate, as it leaves the project. */
export interface ExportedExample {
  readonly prompt: Prompt
  readonly response: string
}
