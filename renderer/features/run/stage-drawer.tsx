import { Drawer } from '@mantine/core'
import type { TimelineStage } from '../../../main/shared/contract/charts-contract.ts'
import type { RunDetails } from '../../../main/shared/contract/runs-contract.ts'
import { isJudged } from '../../../main/shared/method-stages.ts'
import { stageWords } from '../../components/stage-words.ts'
import { StageFigures } from './stage-figures.tsx'
import {
  CandidateRows,
  ExampleRows,
  JudgementRows,
  JudgePairRows,
  PairRows,
  PromptRows,
  type RewardPairKind,
  RewardPairRows,
} from './stage-rows.tsx'

interface StageDrawerProps {
  readonly run: RunDetails
  readonly stage: TimelineStage | null
  readonly onClose: () => void
}

/** A stage's output. */
export function StageDrawer({ run, stage, onClose }: StageDrawerProps) {
  return (
    <Drawer
      opened={stage !== null}
      onClose={onClose}
      position="right"
      lockScroll={false} // locking sets an inline style that the content security policy blocks
      size="min(880px, 92vw)"
      title={stage && titleOf(stage)}
      styles={{ title: { fontSize: 14, fontWeight: 600 }, body: { height: 'calc(100% - 60px)' } }}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {stage && <StageContent run={run} stage={stage} />}
    </Drawer>
  )
}

function titleOf({ iteration, stage }: TimelineStage): string {
  const { name } = stageWords[stage]
  if (stage === 'train') return `Training of M${iteration + 1}`
  if (stage === 'evaluate') return iteration === 0 ? 'Evaluation of M0 and M1' : `Evaluation of M${iteration + 1}`
  return iteration === 0 ? name : `${name} of M${iteration}`
}

function StageContent({ run, stage: { iteration, stage } }: { readonly run: RunDetails; readonly stage: TimelineStage }) {
  const place = { runId: run.id, iteration }
  switch (stage) {
    case 'seed-data':
      return <ExampleRows runId={run.id} kinds={['ift', 'eft', 'ranked', 'ranked-held-out', 'held-out']} />
    case 'eft':
      return <ExampleRows runId={run.id} kinds={['eft', 'ranked']} />
    case 'prompts':
      return <PromptRows {...place} />
    case 'candidates':
      return <CandidateRows {...place} isJudged={isJudged(run.recipe)} />
    case 'judgements':
      return <JudgementRows {...place} />
    case 'pairs':
    case 'review':
      return <PairRows {...place} />
    case 'judge-pairs':
      return <JudgePairRows {...place} />
    case 'baseline':
      return <StageFigures run={run} models={['SFT']} part="training" />
    case 'train':
      return (
        <>
          <StageFigures run={run} models={[`M${iteration + 1}`]} part="training" />
          {iteration === 0 && <JudgeTraining run={run} />}
        </>
      )
    case 'evaluate':
      return <StageFigures run={run} models={iteration === 0 ? ['M0', 'SFT', 'M1'] : [`M${iteration + 1}`]} part="evaluation" />
  }
}

/** The pairs that M1 was trained on as a judge, if it was. */
function JudgeTraining({ run: { id, recipe } }: { readonly run: RunDetails }) {
  const kinds = (['ranked', 'made'] as const).filter((kind): kind is RewardPairKind => recipe.seed_data.eft_form.includes(kind))
  return kinds.length === 0 || recipe.sft === null ? null : <RewardPairRows runId={id} kinds={kinds} />
}
