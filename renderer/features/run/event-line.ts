import type { LoggedEvent } from '../../../main/shared/contract/rows-contract.ts'
import { count, duration, fixed, percent } from '../../components/format.ts'
import { stageWords } from '../../components/stage-words.ts'

/** An event as a line of the log. */
interface EventLine {
  readonly tone: 'plain' | 'quiet' | 'warning' | 'error'
  readonly text: string
}

type RunEvent = LoggedEvent['event']

const statusLines: Readonly<Record<Extract<RunEvent, { kind: 'status' }>['status'], string>> = {
  created: 'Run created',
  running: 'Run started',
  queued: 'Run queued',
  'waiting-for-review': 'Run is waiting for review',
  paused: 'Run paused',
  failed: 'Run failed',
  finished: 'Run finished',
}

export function eventLine(event: RunEvent): EventLine {
  switch (event.kind) {
    case 'status':
      return event.error === null
        ? { tone: 'plain', text: statusLines[event.status] }
        : { tone: 'error', text: `${statusLines[event.status]}: ${event.error.message}` }
    case 'stage-started':
      return { tone: 'quiet', text: `${stageWords[event.stage].name} started${iterationOf(event.iteration)}` }
    case 'stage-finished':
      return { tone: 'plain', text: `${stageWords[event.stage].name} finished${iterationOf(event.iteration)}, ${duration(event.seconds)}` }
    case 'report':
      return { tone: 'plain', text: reportLine(event.report) }
    case 'evaluated':
      return { tone: 'plain', text: evaluatedLine(event) }
    case 'note':
    case 'ended-early':
      return { tone: 'plain', text: event.text }
    case 'warning':
      return { tone: 'warning', text: event.text }
    case 'guard-stop':
      return { tone: 'warning', text: `Stopped, as the recipe says. ${event.text}` }
    case 'progress':
    case 'training-step':
      return { tone: 'quiet', text: event.kind === 'progress' ? event.what : `step ${event.step} of ${event.model}` }
  }
}

const iterationOf = (iteration: number): string => (iteration === 0 ? '' : `, iteration ${iteration}`)

function reportLine({
  model,
  promptsAccepted,
  meanReward,
  pairs,
  parseFailures,
  judgements,
}: Extract<RunEvent, { kind: 'report' }>['report']): string {
  return `${model}: ${count(promptsAccepted)} prompts, mean reward ${fixed(meanReward)}, ${count(pairs)} pairs, ${count(parseFailures)} of ${count(judgements)} judgements unreadable`
}

function evaluatedLine({ model, what, against, judge, result }: Extract<RunEvent, { kind: 'evaluated' }>): string {
  if (what === 'head-to-head' || what === 'checkpoint') {
    const { win_rate, low, high, wins, ties, losses, unreadable } = result
    const spread = `95%: ${percent(low)} to ${percent(high)}`
    const counts = `${wins} won, ${ties} tied, ${losses} lost, ${unreadable ?? 0} unreadable`
    return `${model} v ${against}${judge === undefined ? '' : `, judged by ${judge}`}: win rate ${percent(win_rate, 1)} (${spread}; ${counts})`
  }
  if (what === 'judge') {
    return `${model} as a judge: agreement with people ${percent(result.pairwise_accuracy, 1)}, length alone ${percent(result.length_pairwise_accuracy, 1)}`
  }
  const [name, value] = Object.entries(result)[0] ?? ['', null]
  return `${model}, ${what}: ${name} ${fixed(value, 3)}`
}
