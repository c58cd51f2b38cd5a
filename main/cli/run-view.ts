import { numberText, percentText } from '../common/numbers.ts'
import { durationText } from '../shared/duration-text.ts'
import { isOutsideMeasure, outsideFiguresOf, outsideNames, requirementJudging } from '../shared/outside-measures.ts'
import type { IterationReport, RunEvent } from '../shared/run-events.ts'

/** The output of a view: standard error, or a test's stream. */
interface ViewStream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** Milliseconds between two progress lines when output isn't a terminal and lines pile up. */
const filePace = 10_000

/** Shows a run's progress: one line per stage, which a terminal overwrites in place until the stage ends, and notes between stages. */
export function runView(stream: ViewStream): (event: RunEvent) => void {
  let isLive = false // the current line may be overwritten
  let shownAt = performance.now()
  const lasting = (text: string): void => {
    stream.write(`${isLive ? '\r\u001b[K' : ''}${text}\n`)
    isLive = false
  }
  const passing = (text: string): void => {
    if (stream.isTTY) {
      stream.write(`\r\u001b[K${text.slice(0, (stream.columns ?? 80) - 1)}`)
      isLive = true
    } else if (performance.now() - shownAt >= filePace) {
      shownAt = performance.now()
      stream.write(`${text}\n`)
    }
  }
  return (event) => {
    switch (event.kind) {
      case 'progress':
      case 'training-step':
        return passing(progressText(event))
      case 'stage-started':
        return passing(`${placeText(event)} ...`)
      case 'stage-finished':
        return lasting(`${placeText(event)} ${durationText(event.seconds)}${summaryText(event.summary)}`)
      case 'report':
        return lasting(reportText(event.report))
      case 'evaluated':
        return lasting(evaluationText(event))
      case 'note':
      case 'ended-early':
        return lasting(`  ${event.text}`)
      case 'warning':
        return lasting(`  warning: ${event.text}`)
      case 'guard-stop':
        return lasting(`  stopped, as the recipe says: ${event.codes.join(', ')}. "laurel run resume" continues.`)
      case 'status':
        return event.status === 'running' ? undefined : lasting(`run ${event.status}${event.error === null ? '' : `: ${event.error.code}`}`)
    }
  }
}

const placeText = ({ iteration, stage }: { iteration: number; stage: string }): string => `iteration ${iteration}  ${stage.padEnd(10)}`

function progressText(event: Extract<RunEvent, { kind: 'progress' | 'training-step' }>): string {
  if (event.kind === 'training-step') {
    const { loss, 'rewards/accuracies': accuracy } = event.metrics
    const figures = [`loss ${loss?.toFixed(4)}`, ...(accuracy === undefined ? [] : [`accuracy ${accuracy.toFixed(2)}`])]
    return `${placeText(event)} training ${event.model}: step ${event.step} of ${event.steps}, ${figures.join(', ')}`
  }
  const { what, done, total, perSecond, secondsLeft } = event
  const rate = perSecond === null || secondsLeft === null ? '' : `, ${perSecond.toPrecision(3)}/s, ${durationText(secondsLeft)} left`
  return `${placeText(event)} ${done} of ${total} ${what}${rate}`
}

/** A stage's most important figures. `laurel run show` lists the rest. */
function summaryText(summary: Readonly<Record<string, unknown>>): string {
  const shown = ['steps', 'loss', 'rewards/accuracies', 'rewards/margins', 'examples'] as const
  const parts = shown.flatMap((name) => {
    const value = summary[name]
    return typeof value === 'number' ? [`${name} ${Number.isInteger(value) ? value : value.toFixed(4)}`] : []
  })
  return parts.length === 0 ? '' : `  ${parts.join(', ')}`
}

/** A summary of an iteration's data in a few lines. Without a judge, there are no rewards; without pairs, only answers. */
function reportText(report: IterationReport): string {
  const { pairs, judgements, meanLength, meanLengthChosen, meanLengthRejected } = report
  const rejected = Object.entries(report.promptsRejected).map(([reason, count]) => `${count} ${reason}`)
  const top = report.rewardRange === undefined ? 5 : report.rewardRange?.[1]
  const flips = report.flipRate == null ? '' : `, ${percentText(report.flipRate)} of the comparisons depend on the order`
  const unread = judgements === 0 ? 0 : report.parseFailures / judgements
  const rewards = `  mean reward ${numberText(report.meanReward, 2)}${top === undefined ? '' : ` of ${top}`}, best and worst equal for ${percentText(report.tieShare)} of the prompts`
  const unreadable = `${report.parseFailures} of ${judgements} judgements unreadable (${percentText(unread)})${flips}`
  const paired = `  ${pairs} pairs (${percentText(report.yield)} of the prompts), ${judgements === 0 ? 'no judge' : unreadable}`
  const roles = pairs === 0 ? '' : `; chosen ${numberText(meanLengthChosen, 0)}, rejected ${numberText(meanLengthRejected, 0)}`
  return [
    `  ${report.model}: ${report.promptsAccepted} prompts accepted${rejected.length === 0 ? '' : ` (rejected: ${rejected.join(', ')})`}`,
    ...(judgements === 0 ? [] : [rewards]),
    ...(report.yield === null && judgements === 0 ? [] : [paired]),
    `  mean length ${numberText(meanLength, 0)} characters${roles}`,
  ].join('\n')
}

function evaluationText({ model, what, against, judge, result }: Extract<RunEvent, { kind: 'evaluated' }>): string {
  const value = (name: string): number | null => result[name] ?? null
  if (what === 'head-to-head' || what === 'checkpoint') {
    const counts = `${value('wins')} won, ${value('ties')} tied, ${value('losses')} lost`
    const unread = `, ${value('unreadable') ?? 0} unreadable`
    return `  ${model} v ${against}${judge === undefined ? '' : `, judged by ${judge}`}: win rate ${percentText(value('win_rate'))} (95%: ${percentText(value('low'))} to ${percentText(value('high'))}; ${counts}${unread})`
  }
  if (what === 'judge') {
    const failures = `${value('parse_failures')} of ${value('judgements')} judgements unreadable`
    const own = percentText(value('pairwise_accuracy'))
    return `  ${model} as a judge: agrees with humans on ${own} of ${value('pairs')} pairs (length alone: ${percentText(value('length_pairwise_accuracy'))}); ${failures}`
  }
  if (what === requirementJudging) {
    const shares = `AUC ${numberText(value('auc'), 3)}, right on ${percentText(value('accuracy'))} of ${value('verdicts')} verdicts`
    const orders = `orders ${percentText(value('pairwise_accuracy'))} of ${value('pairs')} pairs of responses as programs do`
    return `  ${model} as a judge of requirements: ${shares} (always the same verdict: ${percentText(value('most_common'))}); ${orders}`
  }
  const outside = isOutsideMeasure(what) ? outsideFiguresOf(result) : null
  if (outside !== null && isOutsideMeasure(what)) {
    const { prompts, requirements, words } = outside
    const interval = `95%: ${percentText(prompts.low)} to ${percentText(prompts.high)}`
    const shares = `${percentText(prompts.met)} of ${prompts.of} prompts followed (${interval}), ${percentText(requirements.met)} of the requirements met`
    return `  ${model} ${outsideNames[what].toLowerCase()}: ${shares}; ${numberText(words, 1)} words`
  }
  return `  ${model} ${what}: ${Object.entries(result)
    .map(([name, figure]) => `${name} ${numberText(figure, 3)}`)
    .join(', ')}`
}
