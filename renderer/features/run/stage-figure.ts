import type { TimelineStage } from '../../../main/api/contract/charts.ts'
import { count, duration, percent } from '../../components/format.ts'

/** What a stage's cell says: its count, and one remark. */
export function stageFigure(stage: TimelineStage): { readonly value: string; readonly detail: string } {
  const { state, made, of } = stage
  if (state === 'coming') return { value: of === null ? '' : count(of), detail: '' }
  return { value: countText(made, of, state === 'current'), detail: state === 'current' ? currentDetail(stage) : doneDetail(stage) }
}

function countText(made: number | null, of: number | null, isCurrent: boolean): string {
  if (made === null) return ''
  return isCurrent && of !== null ? `${count(made)} of ${count(of)}` : count(made)
}

const currentDetail = ({ made, of, stage }: TimelineStage): string =>
  made !== null && of !== null && of > 0 && stage !== 'review' ? percent(made / of) : ''

function doneDetail({ stage, made, of, aside, seconds }: TimelineStage): string {
  switch (stage) {
    case 'prompts':
      return aside > 0 ? `${count(aside)} rejected` : took(seconds)
    case 'judgements':
      return aside > 0 && made ? `${percent(aside / made, 1)} unreadable` : took(seconds)
    case 'pairs':
      return made !== null && of ? `${percent(made / of)} of prompts` : ''
    case 'review':
      return made === 0 ? 'none reviewed' : `${count(aside)} changed`
    case 'seed-data':
      return 'examples'
    case 'eft':
      return 'examples'
    case 'train':
    case 'baseline':
      return `steps, ${took(seconds)}`
    case 'evaluate':
      return `figures, ${took(seconds)}`
    default:
      return took(seconds)
  }
}

const took = (seconds: number): string => duration(seconds)
