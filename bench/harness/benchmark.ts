import type { Engine } from '../../main/engine/hosts/engine.ts'
import type { Precision } from '../../main/shared/train-config.ts'
import type { Options } from './options.ts'
import type { Results } from './results.ts'

/** One number that a benchmark reports. */
export interface Figure {
  readonly key: string
  readonly label: string
  readonly better: 'higher' | 'lower'
}

/** The figures of one run by key, and the versions of the program that produced them. */
export interface Outcome {
  readonly figures: Readonly<Record<string, number>>
  readonly versions?: Readonly<Record<string, string>>
}

/** What a side can use while it runs. */
export interface Context<Size extends string = string> {
  readonly options: Options<Size>
  /** A fresh engine for this run, closed by the caller of the run. */
  startEngine(precision: Precision): Promise<Engine>
  /** Marks the end of the warm-up and the start of the measurement, for the profile. */
  warm(): void
  /** Marks the end of the measurement. */
  done(): void
}

/** One of the two sides of a comparison. Each of its runs is in a fresh process. */
export interface Side<Size extends string = string> {
  readonly name: string
  run(context: Context<Size>): Promise<Outcome>
  /** Throws if something that the side needs is missing. Called before anything runs. */
  check?(options: Options<Size>): void
  /** Whether the side needs the peers' virtual environment; it is left out without one. */
  readonly isPeer?: boolean
}

/** Sides that do the same work. The first is Laurel's, and ratios are its advantage. */
export interface Case<Size extends string = string> {
  readonly name: string
  readonly sides: readonly [Side<Size>, ...Side<Size>[]]
}

export interface Benchmark<Size extends string = string> {
  readonly name: string
  /** One sentence: what is measured. */
  readonly title: string
  /** The sizes of the work; each is a command-line option. */
  readonly sizes: Readonly<Record<Size, number>>
  /** Smaller sizes for a first look at a machine (`--quick`); those that are missing are as above. */
  readonly quick?: Readonly<Partial<Record<Size, number>>>
  readonly figures: readonly Figure[]
  cases(options: Options<Size>): readonly Case<Size>[]
  /** Formats the results as a Markdown table if the default (a row for every case and figure) doesn't fit. */
  readonly table?: (results: Results) => string
  /** Further files for docs/, by name. */
  readonly files?: (results: Results) => Readonly<Record<string, string>>
  /** Further lines for a profile, such as the share of the machine's peak. */
  readonly explain?: (outcome: Outcome, options: Options<Size>) => Promise<string>
}
