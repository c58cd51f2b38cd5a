import type { EvaluationSettings, Figures } from './evaluation-settings.ts'

/** A published win rate, in percent. */
interface PublishedRow {
  readonly model: string
  readonly winRate: number
}

/** AlpacaEval 2.0's own judge and baseline, by the names in its files. */
const ownAnnotator = 'weighted_alpaca_eval_gpt4_turbo'
const ownBaseline = 'gpt4_1106_preview'
const ownPrompts = 805

/** The rows of the paper's table, whose judge and baseline are GPT-4 Turbo. */
export const paperRows: readonly PublishedRow[] = [
  { model: 'GPT-4 0314', winRate: 22.07 },
  { model: 'Mistral Medium', winRate: 21.86 },
  { model: 'Self-Rewarding 70B M3', winRate: 20.44 },
  { model: 'Claude 2', winRate: 17.19 },
  { model: 'Gemini Pro', winRate: 16.85 },
  { model: 'GPT-4 0613', winRate: 15.76 },
  { model: 'Self-Rewarding 70B M2', winRate: 15.38 },
  { model: 'GPT-3.5 Turbo 0613', winRate: 14.13 },
  { model: 'LLaMA2 Chat 70B', winRate: 13.87 },
  { model: 'Vicuna 33B v1.3', winRate: 12.71 },
  { model: 'Humpback LLaMa2 70B', winRate: 10.12 },
  { model: 'Self-Rewarding 70B M1', winRate: 9.94 },
  { model: 'Guanaco 65B', winRate: 6.86 },
  { model: 'Davinci001', winRate: 2.76 },
  { model: 'Alpaca 7B', winRate: 2.59 },
]

export const paperSource = 'Yuan et al. 2024 (arXiv 2401.10020), Table 1: AlpacaEval 2.0'

/** A model in a table; `figures` are null for a published row, of which only the win rate is known. */
export interface LeaderboardRow {
  readonly key: string
  readonly model: string
  /** A share. */
  readonly winRate: number | null
  readonly figures: Figures | null
  readonly origin: 'measured' | 'imported' | 'published'
}

/** Models whose win rates compare: the same judge, baseline, and prompts. */
export interface Leaderboard {
  readonly key: string
  readonly judge: string
  readonly baseline: string
  readonly prompts: number
  /** Best first. */
  readonly rows: readonly LeaderboardRow[]
}

/** An evaluation that is finished, or not. */
interface Measured {
  readonly id: number
  readonly settings: EvaluationSettings | null
  readonly result: Figures | null
}

type AlpacaEval = Extract<EvaluationSettings, { kind: 'alpaca-eval' }>

/**
 * AlpacaEval results in tables of what compares, newest table first, and the paper's last. Of a model measured twice in the same way, the newest.
 * A win rate says how often a judge prefers a model's answers to a baseline's, so another judge, baseline, or set of prompts makes another
 * measure.
 */
export function leaderboards(evaluations: readonly Measured[]): Leaderboard[] {
  const found = evaluations.flatMap(({ id, settings, result }) =>
    settings?.kind === 'alpaca-eval' && result !== null ? [{ id, settings, result, key: keyOf(settings, result) }] : [],
  )
  const tables = [...Map.groupBy(found, ({ key }) => key)].map(([key, own]): Leaderboard & { newest: number } => {
    const { settings, result } = own[0]
    const newest = [...Map.groupBy(own, (one) => JSON.stringify(one.settings.model)).values()].map((same) =>
      same.reduce((a, b) => (b.id > a.id ? b : a)),
    )
    return {
      ...{ key, judge: settings.judge.label, baseline: settings.against.label, prompts: result.prompts ?? 0 },
      newest: Math.max(...own.map(({ id }) => id)),
      rows: newest.map((one) => ({
        ...{ key: String(one.id), model: one.settings.model.label, winRate: one.result.win_rate, figures: one.result },
        origin: one.settings.answering === null ? 'imported' : 'measured',
      })),
    }
  })
  const published = tables.find(({ key }) => key === publishedKey)
  const own = tables.filter((table) => table !== published).sort((a, b) => b.newest - a.newest)
  const papers: Leaderboard = {
    ...{ key: publishedKey, judge: 'GPT-4 Turbo', baseline: 'GPT-4 Turbo', prompts: ownPrompts },
    rows: [...(published?.rows ?? []), ...paperRows.map(publishedRow)],
  }
  return [...own, papers].map(({ key, judge, baseline, prompts, rows }) => ({ key, judge, baseline, prompts, rows: rows.toSorted(byRate) }))
}

const publishedRow = ({ model, winRate }: PublishedRow): LeaderboardRow => ({
  ...{ key: model, model, winRate: winRate / 100, figures: null, origin: 'published' },
})

/** What must be the same. An imported file names the judge and the baseline, but not the prompts; their number has to do. */
function keyOf({ judge, against, source, count, answering, seed, ...rest }: AlpacaEval, { prompts = null }: Figures): string {
  if (answering === null) return JSON.stringify(['imported', judge.label, against.label, prompts])
  return JSON.stringify([judge.path, against, source, prompts, { ...answering, seed, random: rest.random }])
}
const publishedKey = JSON.stringify(['imported', ownAnnotator, ownBaseline, ownPrompts])

const byRate = (a: LeaderboardRow, b: LeaderboardRow): number => (b.winRate ?? -1) - (a.winRate ?? -1) || a.model.localeCompare(b.model)
