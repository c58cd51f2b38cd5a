import type { Verdict } from '../parse-verdict.ts'

const doubled = /\[\[(\d+\.?\d*)\]\]/
const single = /\[(\d+\.?\d*)\]/

/**
 * The grade, from 1 to 10, of a judge asked as MT-Bench asks: the first number in double brackets, else the first in single ones (FastChat's
 * rule, so that figures compare). Null if there is none or it isn't on the scale: a failure to be counted.
 */
export function parseGrade(text: string): number | null {
  const found = doubled.exec(text) ?? single.exec(text)
  const grade = found === null ? Number.NaN : Number(found[1])
  return grade >= 1 && grade <= 10 ? grade : null
}

/** The verdict of a judge asked as MT-Bench asks: the first of [[A]], [[B]], and [[C]] in this order that occurs (FastChat's rule); null: none. */
export function parseLetter(text: string): Verdict | null {
  if (text.includes('[[A]]')) return 'A'
  if (text.includes('[[B]]')) return 'B'
  return text.includes('[[C]]') ? 'tie' : null
}
