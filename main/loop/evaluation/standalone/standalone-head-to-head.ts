import { z } from 'zod'
import { deriveSeed } from '../../../common/random.ts'
import type { Figures } from '../../../shared/evaluation-rows.ts'
import type { HeadToHeadSettings } from '../../../shared/evaluation-settings.ts'
import { type Judged, samplesOf } from '../../judges/judge-work.ts'
import { judgeAnswers } from '../../judges/judges.ts'
import { rewardOf } from '../../preferences/pair-rules.ts'
import { generateMissing, samplingOf } from '../../stage-work.ts'
import { pairwiseFigures, rewardFigures } from '../head-to-head-of-run.ts'
import { type AnswerPair, judgeBothOrders, type Look, looksAt, type Said } from '../pairwise.ts'
import { promptsOf } from './sources.ts'
import {
  answerValue,
  doneUnits,
  inputsOf,
  judgementValue,
  leftOutFigure,
  type StandaloneContext,
  suiteUnits,
  verdictValue,
} from './suite-units.ts'

type Side = 'own' | 'other'

/** Compares two models on some prompts with a judge, as runs do (paper, section 3.1). */
export async function compareStandalone(context: StandaloneContext, settings: HeadToHeadSettings): Promise<Figures> {
  const { store, suiteId } = context
  const { source, count, deciding } = settings
  const prompts = await inputsOf(context, z.string(), () => promptsOf(store, source, count))
  const judgements = deciding.method === 'pairwise' ? 1 : samplesOf(deciding.judge)
  store.suites.setTotal(suiteId, 2 * prompts.length * (1 + judgements))
  const own = await answersOf(context, settings, 'own', prompts)
  const others = await answersOf(context, settings, 'other', prompts)
  const pairs = prompts.flatMap((instruction, position): AnswerPair[] => {
    const [ofOwn, ofOther] = [own.get(position), others.get(position)]
    return ofOwn === undefined || ofOther === undefined ? [] : [{ position, instruction, own: ofOwn, other: ofOther }]
  })
  const figures =
    deciding.method === 'pairwise'
      ? await lookAtPairs(context, settings, deciding, pairs)
      : rewardFigures(
          await rewardsOf(context, settings, deciding.judge, 'own', pairs),
          await rewardsOf(context, settings, deciding.judge, 'other', pairs),
        )
  return { ...figures, ...leftOutFigure(context, parts, prompts.length) }
}

const parts = ['own answers', 'other answers', 'verdicts', 'own judgements', 'other judgements']

/** One model's answers by prompt position. Both models use the same seeds. */
async function answersOf(
  context: StandaloneContext,
  settings: HeadToHeadSettings,
  side: Side,
  prompts: readonly string[],
): Promise<Map<number, string>> {
  const part = `${side} answers`
  const units = suiteUnits(context, part, answerValue, {
    rows: prompts.map((prompt, position) => ({ position, prompt })),
    samples: 1,
    seed: ({ position }) => deriveSeed(settings.seed, 'answers', side, position),
  })
  await generateMissing(context, units, {
    model: (side === 'own' ? settings.model : settings.against).path,
    sampling: samplingOf(settings.answering),
    input: ({ prompt }) => ({ prompt }),
    read: (item) => item,
  })
  return new Map(doneUnits(context, part, answerValue).map(({ position, text }) => [position, text]))
}

async function lookAtPairs(
  context: StandaloneContext,
  { judge }: HeadToHeadSettings,
  { prompt, maxNewTokens }: Extract<HeadToHeadSettings['deciding'], { method: 'pairwise' }>,
  pairs: readonly AnswerPair[],
): Promise<Figures> {
  const units = suiteUnits<Look, Said>(context, 'verdicts', verdictValue, { rows: looksAt(pairs), samples: 1 })
  await judgeBothOrders(context, units, { judge: judge.path, prompt, maxNewTokens })
  return pairwiseFigures(doneUnits(context, 'verdicts', verdictValue).map((unit) => ({ ...unit, swapped: unit.sample === 1 })))
}

async function rewardsOf(
  context: StandaloneContext,
  { judge, seed }: HeadToHeadSettings,
  recipe: Extract<HeadToHeadSettings['deciding'], { method: 'score' }>['judge'],
  side: Side,
  pairs: readonly AnswerPair[],
): Promise<(number | null)[]> {
  const part = `${side} judgements`
  const rows = pairs.map(({ position, instruction, [side]: response }) => ({ position, instruction, response }))
  const units = suiteUnits<(typeof rows)[number], Judged>(context, part, judgementValue, {
    rows,
    samples: samplesOf(recipe),
    seed: ({ position }, sample) => deriveSeed(seed, 'judgements', side, position, sample),
  })
  await judgeAnswers({ stage: context, judge: recipe, model: judge.path, units })
  const scores = Map.groupBy(doneUnits(context, part, judgementValue), ({ position }) => position)
  return pairs.map(({ position }) => rewardOf((scores.get(position) ?? []).map(({ score }) => score)))
}
