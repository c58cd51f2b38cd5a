import type { Progress, ProgressKey } from '../../../main/shared/contract/charts-contract.ts'
import type { Agreement } from '../../../main/shared/contract/review-agreement.ts'
import { failureLimits, isLowYield } from '../../../main/shared/failure-signs.ts'
import { count, percent } from '../../components/format.ts'

/** A known failure sign of self-rewarding training, with its current value. */
export interface Sign {
  readonly id: string
  readonly name: string
  readonly value: string
  readonly remark: string
  readonly isFine: boolean
  readonly means: string
}

const valuesOf = (progress: Progress, key: ProgressKey): readonly { model: string; value: number }[] =>
  progress.figures.find((figure) => figure.key === key)?.points ?? []

/** The last two values of a figure. */
function lastTwo(progress: Progress, key: ProgressKey): { model: string; now: number; before: number | null } | null {
  const points = valuesOf(progress, key)
  const last = points.at(-1)
  return last === undefined ? null : { model: last.model, now: last.value, before: points.at(-2)?.value ?? null }
}

/** The signs for which the run has data. */
export function signsOf(progress: Progress, agreement: Agreement | undefined): Sign[] {
  const signs = [
    ...[yieldSign(progress), failureSign(progress), growthSign(progress), preferenceSign(progress), judgeSign(progress)],
    userSign(agreement),
  ]
  return signs.filter((sign) => sign !== null)
}

function yieldSign(progress: Progress): Sign | null {
  const pairs = lastTwo(progress, 'yield')
  if (pairs === null) return null
  const decidedShare = lastTwo(progress, 'decided-share')?.now ?? null
  return {
    id: 'yield',
    name: 'Pair yield',
    value: percent(pairs.now),
    remark: change(pairs, percent),
    isFine: !isLowYield({ yield: pairs.now, decidedShare }),
    means: `Share of the prompts that gave a pair. Below ${percent(failureLimits.yield)}, the judge hardly distinguishes between answers, unless the recipe’s rules leave out most pairs.`,
  }
}

function failureSign(progress: Progress): Sign | null {
  const failures = lastTwo(progress, 'parse-failures')
  if (failures === null) return null
  return {
    id: 'failures',
    name: 'Unreadable judgements',
    value: percent(failures.now, 1),
    remark: change(failures, (share) => percent(share, 1)),
    isFine: failures.now <= failureLimits.parseFailures,
    means: `Above ${percent(failureLimits.parseFailures)}, the judge doesn’t follow the format, or a program finds nothing to check.`,
  }
}

function growthSign(progress: Progress): Sign | null {
  const length = lastTwo(progress, 'length')
  if (length === null) return null
  const growth = length.before === null ? null : length.now / length.before - 1
  return {
    id: 'length',
    name: 'Response length',
    value: `${characters(length.now)} characters`,
    remark: growth === null ? `of ${length.model}` : `${signed(growth)} since ${before(length.model)}`,
    isFine: growth === null || growth <= failureLimits.growth,
    means: `Self-rewarded models tend to write longer responses. Growth above ${percent(failureLimits.growth)} in one iteration is a warning. Paper: 1,092 to 2,552 characters from M1 to M3.`,
  }
}

function preferenceSign(progress: Progress): Sign | null {
  const chosen = lastTwo(progress, 'length-chosen')
  const rejected = lastTwo(progress, 'length-rejected')
  if (chosen === null || rejected === null || rejected.now === 0) return null
  const gap = chosen.now / rejected.now - 1
  return {
    id: 'preference',
    name: 'Chosen vs. rejected length',
    value: signed(gap),
    remark: `${characters(chosen.now)} vs. ${characters(rejected.now)} characters`,
    isFine: gap <= failureLimits.growth,
    means: 'How much longer chosen responses are than rejected ones. If far above zero, the judge may be rewarding length.',
  }
}

function judgeSign(progress: Progress): Sign | null {
  const judge = lastTwo(progress, 'judge-agreement')
  const length = lastTwo(progress, 'judge-length-only')
  if (judge === null) return null
  return {
    id: 'judge',
    name: 'Judge agrees with people',
    value: percent(judge.now, 1),
    remark: length === null ? `of ${judge.model}` : `length alone ${percent(length.now, 1)}`,
    isFine: length === null || judge.now > length.now,
    means: 'Agreement on human-ranked answers. A judge no better than length alone may be rewarding nothing but length.',
  }
}

function userSign(agreement: Agreement | undefined): Sign | null {
  if (agreement === undefined || agreement.accuracy === null) return null
  const { n, accuracy, lengthAccuracy } = agreement
  return {
    id: 'user',
    name: 'Judge agrees with you',
    value: percent(accuracy),
    remark: `${lengthAccuracy === null ? '' : `length alone ${percent(lengthAccuracy)}, `}${count(n)} pairs`,
    isFine: lengthAccuracy === null || accuracy >= lengthAccuracy,
    means:
      'Agreement on the pairs that you reviewed. If the judge agrees with you less often than length alone, its pairs aren’t worth training on.',
  }
}

const characters = (length: number): string => (length < 100 ? length.toFixed(1) : count(Math.round(length)))

const before = (model: string): string => `M${Number(model.slice(1)) - 1}`

const signed = (share: number): string => `${share > 0 ? '+' : share < 0 ? '−' : '±'}${percent(Math.abs(share))}`

const change = ({ model, before: was }: { model: string; before: number | null }, write: (value: number) => string): string =>
  was === null ? `of ${model}` : `was ${write(was)}`
