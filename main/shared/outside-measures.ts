import type { Figures } from './evaluation-settings.ts'

/**
 * Evaluations of a run's models by programs, on prompts that its recipe holds out: by the name under which they are stored. The loop never
 * reads them.
 */
export const outsideMeasures = ['checks', 'checks-greedy', 'checks-held-out', 'checks-held-out-greedy'] as const
export type OutsideMeasure = (typeof outsideMeasures)[number]

/** What is measured of a model as a judge of requirements. */
export const requirementJudging = 'judging of requirements'

/** Whether an evaluation of a run measures a model's responses by a program. */
export const isByProgram = (kind: string): boolean => !['head-to-head', 'judge', requirementJudging].includes(kind)

export const isOutsideMeasure = (name: string): name is OutsideMeasure => (outsideMeasures as readonly string[]).includes(name)

export const outsideNames: Readonly<Record<OutsideMeasure, string>> = {
  checks: 'Held-out prompts, sampled',
  'checks-greedy': 'Held-out prompts, greedy',
  'checks-held-out': 'Held-out families, sampled',
  'checks-held-out-greedy': 'Held-out families, greedy',
}

/** The share of one kind of requirement that is met. */
export interface FamilyShare {
  /** The id of the check. */
  readonly id: string
  readonly met: number
  readonly of: number
}

/** What such an evaluation measured; null: it wasn't made. */
export interface OutsideFigures {
  readonly prompts: { readonly met: number; readonly low: number; readonly high: number; readonly of: number }
  readonly requirements: { readonly met: number; readonly low: number; readonly high: number; readonly of: number }
  readonly words: number
  readonly distinct2: number | null
  readonly unfinished: number
  readonly families: readonly FamilyShare[]
}

/** Reads the figures of `checkFigures`. */
export function outsideFiguresOf(figures: Figures | undefined): OutsideFigures | null {
  if (figures?.prompts_met == null) return null
  const value = (name: string): number => figures[name] ?? 0
  const share = (name: string) => ({
    ...{ met: value(`${name}_met`), low: value(`${name}_low`), high: value(`${name}_high`), of: value(name) },
  })
  return {
    prompts: share('prompts'),
    requirements: share('requirements'),
    words: value('words'),
    distinct2: figures.distinct_2 ?? null,
    unfinished: value('unfinished'),
    families: Object.keys(figures).flatMap((key) => {
      const id = key.startsWith('met ') ? key.slice('met '.length) : null
      return id === null ? [] : [{ id, met: value(key), of: value(`of ${id}`) }]
    }),
  }
}
