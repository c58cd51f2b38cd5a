import { mean } from '../../main/common/numbers.ts'
import { type OutsideMeasure, outsideMeasures, outsideNames } from '../../main/shared/outside-measures.ts'
import { markdownTable } from '../harness/table.ts'
import { type Arm, armNames, arms } from './arms.ts'
import type { ArmResult, ShowcaseResults } from './results.ts'

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`
const points = (value: number): string => `${value > 0 ? '+' : ''}${(100 * value).toFixed(1)}`

/** The models after M0 that every run of an arm has. */
export const modelsOf = (runs: readonly ArmResult[]): string[] => Object.keys(runs[0]?.models ?? {}).filter((name) => name !== 'M0')

/** A share's mean over the seeds that have it; undefined: none. */
export function meanShare(runs: readonly ArmResult[], model: string, measure: OutsideMeasure): number | undefined {
  const shares = runs.flatMap(({ models }) => models[model]?.[measure]?.followed ?? [])
  return shares.length === 0 ? undefined : mean(shares)
}

/** The results as Markdown: a table for each measure, the judge, and open questions. */
export function showcaseReport({ machine, runs }: ShowcaseResults): string {
  const ofArm = (arm: Arm): ArmResult[] => runs.filter((run) => run.arm === arm)
  const parts = outsideMeasures.map((measure) => {
    const rows = arms.flatMap((arm) => {
      const own = ofArm(arm)
      if (own.length === 0) return []
      const shares = ['M1', 'M2', 'M3'].map((model) => meanShare(own, model, measure))
      const gains = own.flatMap(({ seed, gains }) => {
        const gain = gains[measure]
        return gain === undefined ? [] : [`${seed}: ${points(gain.gain)} (${points(gain.low)} to ${points(gain.high)})`]
      })
      const words = ['M1', 'M3'].map((model) => mean(own.flatMap(({ models }) => models[model]?.[measure]?.words ?? [])).toFixed(0))
      return [[armNames[arm], ...shares.map((value) => (value === undefined ? '-' : percent(value))), gains.join('; '), words.join(' to ')]]
    })
    return `**${outsideNames[measure]}**\n\n${markdownTable(['run', 'M1', 'M2', 'M3', 'points from M1 to M3, by seed (95 %)', 'words'], rows)}`
  })
  return [...parts, judgeTable(ofArm('self')), openTable(ofArm('self')), provenanceOf(machine, runs)].join('\n\n')
}

function judgeTable(runs: readonly ArmResult[]): string {
  const models = ['M0', ...modelsOf(runs)]
  const rows = runs.map(({ seed, judging }) => [String(seed), ...models.map((model) => judging[model]?.toFixed(3) ?? '-')])
  return `**The judge**: area under the curve of its verdicts on requirements of held-out prompts\n\n${markdownTable(['seed', ...models], rows)}`
}

function openTable(runs: readonly ArmResult[]): string {
  const rows = runs.flatMap(({ seed, openEnded }) =>
    Object.entries(openEnded).map(([model, { words, distinct2, perplexity }]) => [
      ...[String(seed), model, words.toFixed(1), distinct2.toFixed(3), perplexity.toFixed(2)],
    ]),
  )
  const header = ['seed', 'model', 'words per answer', 'distinct-2', 'perplexity of the best-ranked answers']
  return `**Open questions**, which no training is about\n\n${markdownTable(header, rows)}`
}

const provenanceOf = (machine: string, runs: readonly ArmResult[]): string => {
  const minutes = (arm: Arm) => runs.filter((run) => run.arm === arm).map((run) => Math.round(run.minutes))
  return `Measured on ${machine}; a run that judges itself took ${minutes('self').join(', ')} minutes, with all its measurements.`
}
