import type { EvaluationSettings, InputSource, MtBenchSource } from '../../../main/shared/evaluation-settings.ts'
import { limits } from '../../../main/shared/limits.ts'
import { count, fixed, percent } from '../../components/format.ts'
import { judgeWords } from '../../components/judge-words.ts'
import { checkNames } from '../../components/method-words.ts'

export const kindNames: Readonly<Record<EvaluationSettings['kind'], string>> = {
  'head-to-head': 'Head to head',
  judge: 'Judge quality',
  probe: 'Choice of judge',
  accuracy: 'True accuracy',
  likelihood: 'Likelihood',
  'mt-bench': 'MT-Bench',
  'multiple-choice': 'Multiple choice',
  perplexity: 'Perplexity',
  ifeval: 'IFEval',
  'alpaca-eval': 'AlpacaEval',
  'user-agreement': 'Agreement with users',
}

/** The name of an evaluation's kind: one of the above, or a checker. */
export const kindName = (kind: string): string =>
  kind === 'checkpoint' ? 'Checkpoint' : kind in kindNames ? kindNames[kind as EvaluationSettings['kind']] : (checkNames[kind] ?? kind)

/** An evaluation's settings in one line. */
export function settingsText(settings: EvaluationSettings): string {
  switch (settings.kind) {
    case 'head-to-head': {
      const { judge, deciding, count: prompts, source } = settings
      const how =
        deciding.method === 'pairwise' ? 'comparing both answers in both orders' : `scoring each by ${judgeWords[deciding.judge.method].by}`
      return `judged by ${judge.label}, ${how}; up to ${count(prompts)} prompts ${sourceText(source)}`
    }
    case 'judge':
      return `judging by ${judgeWords[settings.judge.method].by}; up to ${count(settings.count)} prompts with ranked answers ${sourceText(settings.source)}`
    case 'probe':
      return `judging by ${count(settings.judges.length)} methods; up to ${count(settings.count)} prompts with ranked answers ${sourceText(settings.source)}`
    case 'accuracy':
      return 'answers graded by the demo’s program'
    case 'likelihood':
      return `up to ${count(settings.count)} rows ${sourceText(settings.source)}`
    case 'multiple-choice':
      return `${upTo(settings.count, 'questions')} ${sourceText(settings.source)}`
    case 'perplexity':
      return `${upTo(settings.count, 'texts')} ${sourceText(settings.source)}`
    case 'ifeval':
      return `answered greedily; ${upTo(settings.count, 'prompts')} ${sourceText(settings.source)}`
    case 'user-agreement': {
      const { deciding, votes } = settings
      const how =
        deciding.method === 'pairwise' ? 'comparing both answers in both orders' : `scoring each by ${judgeWords[deciding.judge.method].by}`
      return `${how}; ${votes === 'blind' ? 'blind votes' : 'all votes'} in the arena`
    }
    case 'alpaca-eval': {
      const { judge, answering, source } = settings
      if (answering === null) return `imported ${sourceText(source)}; preferences by ${judge.label}`
      return `judged by ${judge.label}, in both orders; ${upTo(settings.count, 'instructions')} ${sourceText(source)}`
    }
    case 'mt-bench': {
      const { judge, against, source } = settings
      const how = against === null ? `graded from 1 to 10 by ${judge.label}` : `compared in both orders by ${judge.label}`
      return `${how}; ${source.from === 'shipped' ? 'the 80 questions' : `questions ${sourceText(source)}`}`
    }
  }
}

/** A limit so high that it isn't one comes from a command without a limit. */
const upTo = (most: number, noun: string): string => (most >= limits.rows ? `all ${noun}` : `up to ${count(most)} ${noun}`)

const sourceText = (source: InputSource | Extract<MtBenchSource, { from: 'file' }>): string =>
  source.from === 'run' ? `held out by run ${source.runId}` : `from ${source.path.split(/[\\/]/).at(-1)}`

/** Names of figures that are percentages. */
const shares =
  /rate|accuracy|low|high|match|five_best|bias|all_five|first|last|has|no$|long|unfinished|^acc|^chance$|strict$|loose$|standard_error/

/** A figure's formatted value. */
export function figureText(fullName: string, value: number | null): string {
  if (value === null) return '–'
  const name = fullName.replace(/^category\/.*\//, '') // a user's category may contain any word
  if (Number.isInteger(value) && !shares.test(name)) return count(value)
  return shares.test(name) ? percent(value, 1) : fixed(value, 3)
}

/** A figure's display name: "mean logprob" for `mean_logprob`. */
export const figureName = (name: string): string => name.replaceAll('_', ' ')

/** A result's key figure in one line. */
export function headline(kind: string, figures: Readonly<Record<string, number | null>>): string {
  const value = (name: string): number | null => figures[name] ?? null
  if (kind === 'head-to-head' || kind === 'checkpoint') {
    const spread = `95%: ${percent(value('low'))} to ${percent(value('high'))}`
    return `wins ${percent(value('win_rate'))} (${spread}; ${count(value('wins'))} won, ${count(value('ties'))} tied, ${count(value('losses'))} lost, ${count(value('unreadable'))} unreadable)`
  }
  if (kind === 'judge') {
    return `agrees with humans on ${percent(value('pairwise_accuracy'))} of ${count(value('pairs'))} pairs (length alone: ${percent(value('length_pairwise_accuracy'))})`
  }
  if (kind === 'probe') {
    const judges = Object.keys(judgeWords).filter((method) => `${method}/accuracy` in figures && !['random', 'length'].includes(method))
    const low = (method: string): number => value(`${method}/similar_length_low`) ?? 0
    const [best] = judges.toSorted((a, b) => low(b) - low(a))
    if (best === undefined || low(best) <= 0.5) return 'no judge is better than chance on pairs of similar length'
    return `${best} fits best: right on at least ${percent(low(best))} of ${count(value(`${best}/similar_length_pairs`))} pairs of similar length`
  }
  if (kind === 'user-agreement') {
    const spread = `95%: ${percent(value('low'))} to ${percent(value('high'))}`
    const others = `always the same: ${percent(value('constant_accuracy'))}, longer is better: ${percent(value('length_accuracy'))}`
    return `agrees with ${percent(value('accuracy'))} of ${count(value('n'))} votes (${spread}; ${others}), kappa ${fixed(value('kappa'))}, ${count(value('unreadable'))} unreadable`
  }
  if (kind === 'alpaca-eval') {
    const spread = `95%: ${percent(value('low'), 1)} to ${percent(value('high'), 1)}`
    const controlled = `length-controlled ${percent(value('length_controlled_win_rate'), 1)}`
    return `wins ${percent(value('win_rate'), 1)} (${spread}; ${controlled}; ${count(value('n_total'))} compared, ${count(value('unreadable'))} unreadable)`
  }
  if (kind === 'mt-bench') return mtBenchHeadline(value)
  const spreadOf = (name: string): string =>
    `${percent(value(name), 1)} (95%: ${percent(value(`${name}_low`))} to ${percent(value(`${name}_high`))})`
  if (kind === 'multiple-choice') {
    const chance = `chance: ${percent(value('chance'))}; ${count(value('n'))} questions`
    return `right on ${spreadOf('acc')}, by length in bytes on ${spreadOf('acc_norm')}; ${chance}`
  }
  if (kind === 'perplexity') {
    const windows = `windows of ${count(value('context'))} tokens, stride ${count(value('stride'))}`
    return `perplexity ${fixed(value('perplexity'))} per token, ${fixed(value('byte_perplexity'), 3)} per byte (${count(value('tokens'))} tokens, ${windows})`
  }
  if (kind === 'ifeval') {
    const parts = ['prompt', 'instruction'].map(
      (what) =>
        `${what}s: ${spreadOf(`${what}_strict`)} strict, ${percent(value(`${what}_loose`), 1)} loose, n = ${count(value(`${what}s`))}`,
    )
    return parts.join('; ')
  }
  if (kind === 'likelihood') {
    return `perplexity ${fixed(value('perplexity'))}, mean log-probability ${fixed(value('mean_logprob'), 3)} per token (${count(value('tokens'))} tokens)`
  }
  const allFive = Object.entries(figures).filter(([name]) => name.endsWith('all_five'))
  if (allFive.length > 0) return allFive.map(([name, share]) => `${checkName(name)}all requirements met: ${percent(share, 1)}`).join(', ')
  return Object.entries(figures)
    .slice(0, 4)
    .map(([name, figure]) => `${figureName(name)} ${figureText(name, figure)}`)
    .join(', ')
}

function mtBenchHeadline(value: (name: string) => number | null): string {
  const [n, unparsed] = [count(value('n')), count(value('unparsed'))]
  const turns = (figure: string, text: (value: number | null) => string): string =>
    [1, 2].map((turn) => `turn ${turn}: ${text(value(`turn_${turn}/${figure}`))}`).join(', ')
  if (value('score') !== null) return `${fixed(value('score'))} of 10 (${turns('score', fixed)}; ${n} graded, ${unparsed} unparsed)`
  if (value('win_rate_adjusted') === null) return `nothing readable (${unparsed} unparsed)`
  const spread = `95%: ${percent(value('low'))} to ${percent(value('high'))}`
  return `wins ${percent(value('win_rate_adjusted'))} with ties as half wins (${spread}; ${turns('win_rate_adjusted', percent)}; ${n} compared, ${unparsed} unparsed)`
}

const checkName = (name: string): string => (name.includes('greedy') ? 'greedy, ' : name.includes('/') ? 'sampled, ' : '')
