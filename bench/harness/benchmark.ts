import type { Engine } from '../../main/engine/hosts/engine.ts'
import type { Precision } from '../../main/engine/train-config.ts'
import type { Options } from './options.ts'
import type { Results } from './results.ts'

/** One number that a benchmark reports. */
export interface Figure {
  readonly key: string
  readonly label: string
  readonly better: 'higher' | 'lower'
}

/** Figures of one run by their keys, and what the program that made them says of itself. */
export interface Outcome {
  readonly figures: Readonly<Record<string, number>>
  readonly versions?: Readonly<Record<string, string>>
}

/** What a side may use while it runs. */
export interface Context<Size extends string = string> {
  readonly options: Options<Size>
  /** A fresh engine for this run; whoever started the run closes it. */
  startEngine(precision: Precision): Promise<Engine>
  /** The warm-up is over: what follows is what is measured, for the profile. */
  warm(): void
  /** What is measured is over. */
  done(): void
}

/** One of the two things that are compared. Each run of it does its work in a fresh process. */
export interface Side<Size extends string = string> {
  readonly name: string
  run(context: Context<Size>): Promise<Outcome>
  /** Throws where something that the side needs is missing: asked before anything runs. */
  check?(options: Options<Size>): void
  /** Needs the peers' virtual environment, and is left out without one. */
  readonly isPeer?: boolean
}

/** Sides that do the same work; the first is Laurel's, and ratios are its. */
export interface Case<Size extends string = string> {
  readonly name: string
  readonly sides: readonly [Side<Size>, ...Side<Size>[]]
}

export interface Benchmark<Size extends string = string> {
  readonly name: string
  /** One sentence: what is measured. */
  readonly title: string
  /** How large the work is; each is an option on the command line. */
  readonly sizes: Readonly<Record<Size, number>>
  readonly figures: readonly Figure[]
  cases(options: Options<Size>): readonly Case<Size>[]
  /** How the results read, where a row for every case and figure would not do. */
  readonly markdown?: (results: Results) => string
  /** What is written into docs/ besides, by file name. */
  readonly files?: (results: Results) => Readonly<Record<string, string>>
  /** Further lines for a profile, such as the share of the machine's peak that was reached. */
  readonly explain?: (outcome: Outcome, options: Options<Size>) => Promise<string>
}
