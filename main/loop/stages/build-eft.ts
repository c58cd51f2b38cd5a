import { buildEft, type JudgedPrompt } from '../../data/eft-examples.ts'
import type { JudgeRecipe } from '../../shared/recipe.ts'
import type { ExampleRow, NewExample } from '../../store/tables/examples-table.ts'
import type { ModelRow } from '../../store/tables/models-table.ts'
import { type Judged, judgePrompts, samplesOf, scoringPrompt } from '../judges/judge-work.ts'
import { judgeAnswers, judges } from '../judges/judges.ts'
import { judgeBySampling } from '../judges/sampled.ts'
import { isGraded } from '../recipe/eft-forms.ts'
import { modelNamed, note, type RunContext, type Stage, warn } from '../run-context.ts'
import { inRole } from '../run-engines.ts'
import type { StageSummary } from '../run-stage.ts'
import { excerpt, unitsOfStage } from '../stage-report.ts'
import { doneAmong, seedAt } from '../stage-work.ts'
import { gradedExamples } from './graded-verdicts.ts'

/** EFT examples need a written justification. A judge that writes none is replaced by the sampled one, with its prompt if that ends with a score. */
function writingJudge(judge: JudgeRecipe): JudgeRecipe {
  const { justifies, prompt } = judges[judge.method]
  return justifies ? judge : { ...judge, method: 'additive', prompt: prompt === scoringPrompt ? judge.prompt : null }
}

type Built = { readonly examples: readonly Omit<NewExample, 'kind' | 'position'>[]; readonly summary: StageSummary }

/** Builds EFT data in the recipe's forms, up to its limit. With verdicts of programs, judgements of ranked answers get half of it. */
export async function buildEftExamples(stage: Stage): Promise<StageSummary> {
  const { store, runId, recipe } = stage
  const readyMade = store.examples.count(runId, 'eft')
  const room = Math.max(0, recipe.seed_data.eft_limit - readyMade)
  const judged = buildsJudgements(stage) ? await judgementExamples(stage, modelNamed(stage, 'SFT')) : null
  const ranked = judged?.examples.slice(0, isGraded(recipe) ? Math.ceil(room / 2) : room) ?? []
  const graded = isGraded(recipe) ? await gradedExamples(stage, room - ranked.length) : null
  const examples = (judged?.examples.length ?? 0) + (graded?.examples.length ?? 0)
  const summary = { ...judged?.summary, ...graded?.summary, examples }
  store.transaction(() => {
    for (const [i, example] of [...ranked, ...(graded?.examples ?? [])].entries())
      store.examples.add(runId, { kind: 'eft', position: readyMade + i, ...example })
    const instructions = store.examples.count(runId, 'ift')
    for (const [i, example] of (graded?.rehearsal ?? []).entries())
      store.examples.add(runId, { kind: 'ift', position: instructions + i, ...example })
    store.stages.finish(runId, stage.iteration, stage.stage, summary) // same transaction as the examples, so a retry can't add them twice
  })
  return summary
}

/** Whether the SFT baseline's judgements of human-ranked answers become EFT examples. */
export const buildsJudgements = ({ store, runId, recipe: { seed_data } }: RunContext): boolean =>
  seed_data.eft_form.includes('judgements') && seed_data.eft_limit > 0 && store.examples.count(runId, 'ranked') > 0

/**
 * EFT examples from human-ranked answers: the SFT baseline judges them, and a judgement is kept if its ranking agrees with the human
 * ranking (paper, section 3.1.1). The most common score is downsampled.
 */
async function judgementExamples(stage: Stage, baseline: ModelRow): Promise<Built> {
  const { recipe } = stage
  const judge = writingJudge(recipe.judge)
  const leftOut = await judgeRanked(stage, baseline, judge)
  const asked = judgePrompts(judge, judges[judge.method].prompt ?? scoringPrompt)
  const { examples, report } = buildEft(judgedPrompts(stage, baseline), {
    judgePrompt: (instruction, response) => asked({ instruction, response }).prompt,
    maxScoreShare: recipe.seed_data.eft_max_score_share,
    seed: seedAt(stage, 'eft'),
    random: recipe.random,
  })
  note(
    stage,
    `The judge agrees with the human ranking on ${report.promptsKept} prompts and disagrees on ${report.promptsDropped.length}: ${examples.length} EFT examples.`,
  )
  if (examples.length === 0) warn(stage, 'no-eft', 'No judgement agreed with a human ranking, so M1 is trained without EFT examples.')
  return {
    examples: examples.map(({ prompt, completion }) => ({ instruction: prompt, response: completion })),
    summary: { ...report, promptsDropped: report.promptsDropped.length, leftOut },
  }
}

/** Has the baseline judge the human-ranked answers. Returns how many were left out. */
async function judgeRanked(stage: Stage, { name, path }: ModelRow, judge: JudgeRecipe): Promise<number> {
  const { store, runId, recipe } = stage
  const isDone = doneAmong(store.judgements.ofExamples(runId, 'ranked', name).map(({ subjectId, sample }) => [subjectId, sample]))
  const units = unitsOfStage(stage, {
    what: `judgements of ranked answers by ${name}`,
    noun: 'ranked answers',
    nameOf: ({ position, response }) => `answer ${position + 1} (${excerpt(response)})`,
    rows: store.examples
      .ofKind(runId, 'ranked')
      .map(({ id, position, instruction, response }) => ({ id, position, instruction, response: response ?? '' })),
    samples: samplesOf(judge),
    seed: ({ position }, sample) => seedAt(stage, 'judge', 'ranked', name, position, sample),
    isDone: ({ id }, sample) => isDone(id, sample),
    keep: ({ id }, sample, judged: Judged) => store.judgements.add({ exampleId: id }, { judge: name, sample, ...judged }),
  })
  const judgeWith = recipe.seed_data.eft_scores === 'drawn' ? judgeBySampling : judgeAnswers
  await judgeWith({ stage: inRole(stage, 'answers'), judge, model: path, units })
  return units.leftOut()
}

/** A part's ranked answers grouped by prompt, in stored order. */
export const byPrompt = (examples: readonly ExampleRow[]): ExampleRow[][] => [
  ...Map.groupBy(examples, ({ promptNumber }) => promptNumber).values(),
]

function judgedPrompts({ store, runId }: Stage, judge: ModelRow): JudgedPrompt[] {
  const judgements = Map.groupBy(store.judgements.ofExamples(runId, 'ranked', judge.name), ({ subjectId }) => subjectId)
  return byPrompt(store.examples.ofKind(runId, 'ranked')).map((answers) => ({
    ranked: {
      prompt: answers[0].instruction,
      answers: answers.map(({ response, humanRank }, line) => ({ line, text: response ?? '', rank: humanRank ?? 0 })),
    },
    judgements: answers.map(({ id }) => judgements.get(id) ?? []),
  }))
}
