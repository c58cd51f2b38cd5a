import { numberText, percentText } from '../common/numbers.ts'
import { generators } from '../common/random.ts'
import type { Engine } from '../engine/hosts/engine.ts'
import { countOutcomes, outcomeOfRewards } from '../evaluation/win-rate.ts'
import { heldOutLoss, heldOutRewards } from '../loop/evaluation/held-out-rows.ts'
import { judgeRows } from '../loop/judges/judge-rows.ts'
import { rewardOf } from '../loop/preferences/pair-rules.ts'
import { samplingOf } from '../loop/stage-work.ts'
import type { Checkpoint } from '../loop/stages/best-checkpoint.ts'
import type { DpoRow, SftRow, TrainParams } from '../shared/engine-protocol.ts'
import { badInput } from '../shared/errors.ts'
import { type JudgeRecipe, recipe } from '../shared/recipe.ts'

/** What checkpoints of `laurel train` are compared on: rows that aren't trained on, or answers that a judge compares. */
export type ComparedOn =
  | { readonly rows: TrainParams['rows'] }
  | {
      readonly prompts: readonly string[]
      readonly judge: JudgeRecipe
      /** Path of the model that judges. */
      readonly model: string
      readonly maxNewTokens: number
    }

interface Comparison {
  /** Whether the later checkpoint is the worse one. */
  readonly hasLost: boolean
  /** What was measured: "held-out loss 1.2346 (1.2410 after step 200)". */
  readonly text: string
}

/** Compares a checkpoint with the best one before it. */
type Compare = (later: Checkpoint, best: Checkpoint) => Promise<Comparison>

interface Work {
  readonly engine: Engine
  readonly signal: AbortSignal
}

type Training = Pick<TrainParams, 'task' | 'model' | 'config'>

export function comparisonOn(compared: ComparedOn, work: Work, training: Training): Compare {
  if ('prompts' in compared) return byAnswers(compared, work, training)
  const { task, model, config } = training
  const measured = { ...work, config }
  if (task === 'sft') {
    return byFigures(() => heldOutLoss(measured, model, compared.rows as SftRow[]), {
      isWorse: (loss, best) => !(loss <= best),
      name: 'held-out loss',
      text: (loss) => numberText(loss, 4),
    })
  }
  return byFigures(() => heldOutRewards(measured, model, compared.rows as DpoRow[]), {
    isWorse: (order, best) => order.accuracy < best.accuracy || (order.accuracy === best.accuracy && !(order.margin >= best.margin)),
    name: 'held-out reward accuracy',
    text: ({ accuracy, margin }) => `${percentText(accuracy)}, margin ${numberText(margin, 4)}`,
  })
}

interface FiguresCompared<Figures> {
  readonly isWorse: (later: Figures, best: Figures) => boolean
  readonly name: string
  readonly text: (figures: Figures) => string
}

function byFigures<Figures>(
  begin: () => Promise<(model: string) => Promise<Figures>>,
  { isWorse, name, text }: FiguresCompared<Figures>,
): Compare {
  let measure: ReturnType<typeof begin> | undefined
  const figuresOf = remembered(async ({ path }) => {
    measure ??= begin()
    return (await measure)(path)
  })
  return async (later, best) => {
    const before = await figuresOf(best)
    const now = await figuresOf(later)
    return { hasLost: isWorse(now, before), text: `${name} ${text(now)} (${text(before)} after step ${best.step})` }
  }
}

/** Measures each checkpoint once. */
function remembered<Value>(measure: (checkpoint: Checkpoint) => Promise<Value>): (checkpoint: Checkpoint) => Promise<Value> {
  const known = new Map<number, Promise<Value>>()
  return (checkpoint) => {
    const found = known.get(checkpoint.step) ?? measure(checkpoint)
    known.set(checkpoint.step, found)
    return found
  }
}

/** How evaluations sample answers. */
const { evaluation, batch, chunk } = recipe.parse({ name: 'defaults', base_model: '-' })

/** Both checkpoints answer the prompts with the same seeds, and a judge scores the answers, or compares them in both orders. */
function byAnswers(
  { prompts, judge, model, maxNewTokens }: Extract<ComparedOn, { prompts: unknown }>,
  { engine, signal }: Work,
  { model: reference, config: { seed, random } }: Training,
): Compare {
  const { deriveSeed } = generators[random]
  const rows = prompts.map((prompt, i) => ({ input: { prompt }, seeds: [deriveSeed(seed, 'answers', i)] }))
  const sampling = samplingOf({ ...evaluation, max_new_tokens: maxNewTokens })
  const answersOf = remembered(async ({ path }) => {
    const answers = prompts.map((): string | undefined => undefined)
    const items = engine.generate({ model: path, rows, sampling, random, batch }, { signal, onLeftOut: () => {} })
    for await (const { row, text } of items) answers[row] = text
    return answers
  })
  return async (later, best) => {
    const [others, own] = [await answersOf(best), await answersOf(later)]
    const both = prompts.flatMap((instruction, i) =>
      [own[i], others[i]].flatMap((response) => (response === undefined ? [] : [{ instruction, response, prompt: i }])),
    )
    const { judged } = await judgeRows({
      stage: { engine, signal, recipe: { batch, chunk, random } },
      ...{ judge, model, reference, rows: both },
      seed: (row, sample) => deriveSeed(seed, 'judge', later.step, row, sample),
    })
    const rewards = Map.groupBy(
      both.map(({ prompt }, row) => ({ prompt, reward: rewardOf(judged[row].map(({ score }) => score)) })),
      ({ prompt }) => prompt,
    )
    const pairs = [...rewards.values()].filter(({ length }) => length === 2)
    if (pairs.length === 0) throw badInput('No validation prompt could be answered.', 'Shorten the prompts, or use other ones.')
    const { winRate, wins, ties, losses } = countOutcomes(pairs.map(([mine, other]) => outcomeOfRewards(mine.reward, other.reward)))
    const text = `win rate ${percentText(winRate)} on ${wins + ties + losses} prompts against the answers after step ${best.step}`
    return { hasLost: winRate !== null && winRate < 0.5, text } // without a readable verdict, the later one isn't worse
  }
}
