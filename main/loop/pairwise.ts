import { fillPairwisePrompt, loadPairwisePrompt } from '../evaluation/judge-prompt.ts'
import { parseVerdict } from '../evaluation/parse-verdict.ts'
import type { AnswerRow } from '../store/answers.ts'
import type { Stage } from './context.ts'
import { generateLacking, greedySampling } from './generate.ts'
import type { ComparisonJudge } from './head-to-head.ts'
import { progressOf } from './progress.ts'

/** Show a judge two models' answers to each prompt, in both orders, and store each verdict. */
export async function judgePairwise(
  stage: Stage,
  own: readonly AnswerRow[],
  others: readonly AnswerRow[],
  judge: ComparisonJudge,
): Promise<void> {
  const { store, runId, recipe } = stage
  const [model, against] = [own[0].model, others[0].model]
  const done = new Set(store.comparisons.of(runId, model, against).map(({ position, swapped }) => `${position}/${swapped}`))
  const template = loadPairwisePrompt(recipe.evaluation.judge_prompt)
  const rows = own.flatMap(({ instruction, position, text }, i) =>
    [false, true].map((swapped) => {
      const [a, b] = swapped ? [others[i].text, text] : [text, others[i].text]
      const lacking = new Set(done.has(`${position}/${swapped}`) ? [] : [0])
      return { position, swapped, input: { prompt: fillPairwisePrompt(template, instruction, a, b) }, seeds: [0], lacking }
    }),
  )
  const progress = progressOf(stage, `${model} v ${against}, judged by ${judge.name}`, rows.length, done.size)
  await generateLacking(stage, {
    model: judge.path,
    sampling: greedySampling(recipe.evaluation.judge_max_new_tokens),
    rows,
    keep: ({ position, swapped }, { text }) => {
      store.comparisons.add(runId, { model, against, position, swapped, judge: judge.name, text, verdict: parseVerdict(text) })
      progress.add()
    },
  })
  progress.end()
}
