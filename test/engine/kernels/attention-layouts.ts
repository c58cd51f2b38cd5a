import type { Runs } from '../../../main/engine/kernels/attention-runs.ts'
import { layOut } from '../../../main/engine/model/layout.ts'

/** `n` tokens that are numbered from `from` on, so that ranges which don't overlap share none. */
const count = (n: number, from: number): number[] => Array.from({ length: n }, (_, i) => from + i)

/** Texts of these lengths that have nothing in common. */
export const separateTexts = (...[first, second, third]: readonly [number, number, number]): Runs =>
  layOut([count(first, 0), count(second, 200), count(third, 300)], { share: false }).runs

/** A pair: two responses to one prompt. */
const pairOf = (prompt: number, first: number, second: number): number[][] => [
  [...count(prompt, 0), ...count(first, 100)],
  [...count(prompt, 0), ...count(second, 300)],
]

export const sharedPrompt = (prompt: number, first: number, second: number): Runs =>
  layOut(pairOf(prompt, first, second), { share: true }).runs

/** A pair, and a text that only starts as its prompt does. */
export const sharedStarts = (prompt: number, first: number, second: number): Runs =>
  layOut([...pairOf(prompt, first, second), [...count(9, 0), ...count(20, 500)]], { share: true }).runs

export const oneToken: Runs = layOut([[1]], { share: false }).runs

/** Query rows of all runs. */
export const rowsIn = ({ runs }: Runs): number => runs.reduce((sum, value, i) => sum + (i % 4 === 1 ? value : 0), 0)
