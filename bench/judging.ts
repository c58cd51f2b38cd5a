import type { Engine } from '../main/engine/hosts/engine.ts'
import { fillJudgePrompt, loadJudgePrompt } from '../main/evaluation/judge-prompt.ts'
import { lead, scores } from '../main/loop/judges/expected.ts'
import type { Context } from './harness/benchmark.ts'
import { answers } from './harness/generation.ts'
import { laurelSide, timed } from './harness/laurel.ts'
import { requirePath } from './harness/options.ts'
import { runBenchmark } from './harness/run-benchmark.ts'
import { seedTasks } from './harness/seed-tasks.ts'

type Size = 'prompts' | 'candidates' | 'judgements' | 'tokens'

type Judging = (engine: Engine, model: string, asked: readonly string[], sizes: Readonly<Record<Size, number>>) => Promise<unknown>

async function judge(engine: Engine, { options, warm, done }: Context<Size>, judging: Judging): Promise<Record<string, number>> {
  const model = requirePath(options, 'model')
  const asked = judgePrompts(options.sizes)
  await engine.load(model)
  await judging(engine, model, asked.slice(0, 2), { ...options.sizes, tokens: 2 })
  warm()
  const [, seconds] = await timed(() => judging(engine, model, asked, options.sizes))
  done()
  return { responsesPerSecond: asked.length / seconds }
}

/** As in the loop, every prompt has several responses, one after the other. Seed tasks have one each, so other tasks' serve as the rest. */
function judgePrompts({ prompts, candidates }: Readonly<Record<Size, number>>): string[] {
  const template = loadJudgePrompt('additive-5-point')
  const tasks = seedTasks(prompts * candidates)
  return tasks.map(({ response }, i) => fillJudgePrompt(template, tasks[Math.floor(i / candidates)].prompt, response))
}

/** The same computation as in the loop (loop/judges/expected.ts). */
async function expectedScores(engine: Engine, model: string, asked: readonly string[]): Promise<void> {
  const rows = asked.map((prompt) => ({ input: { prompt }, continuation: lead, choices: scores }))
  for await (const item of engine.score({ model, rows, top: 0, choicesOnly: true, batch: 64 })) {
    if (item.choiceLogprobs === undefined) throw new Error('a response has no score probabilities')
  }
}

const sampledJudgements: Judging = (engine, model, asked, { judgements, tokens }) => answers(engine, model, asked, judgements, tokens)

/** Two ways to judge the same responses with the same prompt: the expected score in one pass, and the average of sampled judgements. */
await runBenchmark<Size>({
  name: 'judging',
  title: "Judging responses with the paper's prompt: the expected score in one pass, compared with sampled judgements of full length.",
  sizes: { prompts: 16, candidates: 4, judgements: 3, tokens: 128 },
  quick: { prompts: 4 },
  figures: [
    { key: 'responsesPerSecond', label: 'responses per second', better: 'higher' },
    { key: 'peakGb', label: 'peak memory, GB', better: 'lower' },
  ],
  cases: ({ precisions }) =>
    precisions.map((precision) => ({
      name: precision,
      sides: [
        laurelSide<Size>(precision, (engine, context) => judge(engine, context, expectedScores), 'expected score'),
        laurelSide<Size>(precision, (engine, context) => judge(engine, context, sampledJudgements), 'sampled judgements'),
      ],
    })),
})
