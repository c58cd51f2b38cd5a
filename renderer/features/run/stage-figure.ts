import type { TimelineStage } from '../../../main/shared/contract/charts-contract.ts'
import { count, duration, percent } from '../../components/format.ts'

/** The text of a stage's cell: its count, and a detail. */
export function stageFigure(stage: TimelineStage): { readonly value: string; readonly detail: string } {
  const { state, of } = stage
  if (state === 'coming') return { value: of === null ? '' : count(of), detail: '' }
  return { value: countText(stage), detail: state === 'current' ? currentDetail(stage) : doneDetail(stage) }
}

/** A training that ended early also shows its planned steps. A current stage shows its total in the detail: cells are narrow. */
function countText({ made, of, stage, state }: TimelineStage): string {
  const isTraining = stage === 'train' || stage === 'baseline'
  if (made === null) return ''
  const isShort = state !== 'current' && isTraining && of !== null && made < of
  if (isShort) return `${count(made)} of ${count(of)}`
  return stage === 'evaluate' ? `${count(made)} figures` : count(made)
}

const currentDetail = ({ made, of, stage }: TimelineStage): string => {
  if (made === null || of === null || of === 0) return ''
  return stage === 'review' ? `of ${count(of)}` : `${percent(made / of)} of ${count(of)}`
}

function doneDetail({ stage, made, of, aside, agreement = null, seconds }: TimelineStage): string {
  switch (stage) {
    case 'prompts':
      return aside > 0 ? `${count(aside)} rejected` : took(seconds)
    case 'judgements':
      return aside > 0 && made ? `${percent(aside / made, 1)} unreadable` : took(seconds)
    case 'pairs':
      return made !== null && of ? `${percent(made / of)} of prompts` : ''
    case 'judge-pairs':
      return agreement === null ? '' : `${percent(agreement)} agree in both orders`
    case 'review':
      return made === 0 ? 'none reviewed' : `${count(aside)} changed`
    case 'seed-data':
      return 'examples'
    case 'eft':
      return 'examples'
    case 'train':
    case 'baseline':
      return made !== null && of !== null && made < of ? 'steps, ended early' : `steps, ${took(seconds)}`
    default:
      return took(seconds)
  }
}

const took = (seconds: number): string => duration(seconds)
