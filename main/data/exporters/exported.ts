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
  /** Further columns that say where the pair is from. */
  readonly provenance?: Readonly<Record<string, string | number | null>>
}

/** A prompt and the response to imitate, as it leaves the project. */
export interface ExportedExample {
  readonly prompt: Prompt
  readonly response: string
  /** Loss weight of each token of the response, where it has them. */
  readonly weights?: readonly number[]
}
