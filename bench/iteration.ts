import { parseScore } from '../main/evaluation/parse-score.ts'
import { rewardOf } from '../main/loop/preferences/pair-rules.ts'
import { answers, sharedSampling } from './harness/generation.ts'
import { laurelSide, timed } from './harness/laurel.ts'
import { requirePath } from './harness/options.ts'
import { peerSide } from './harness/peer.ts'
import { runBenchmark } from './harness/run-benchmark.ts'
import { seedTasks } from './harness/seed-tasks.ts'
import { learningRates, type Pair, sharedSettings, timeTraining } from './harness/training.ts'

/** A short judge prompt, so that both sides mostly read their own responses. {prompt} and {response} are filled in. */
const criteria = [
  'Give the response below a score from 0 to 5. Add one point each if it is about the question, if it covers most of it,',
  'if a person could use it,', // words: allow
  'if it is clear, complete and in good order, and if an expert could have written it.',
].join(' ')
const rubric = `${criteria}
Question: {prompt}
<response>{response}</response>
Explain the points in a few words, and end with "Score: <points>".`

const batch = 4

const judgePrompt = (prompt: string, response: string): string =>
  rubric.replace('{prompt}', () => prompt).replace('{response}', () => response)

/** The mean score of each response's judgements; if none is readable, the response's length, so that every prompt makes a pair. */
const rewardsOf = (judged: readonly string[], each: number): (number | null)[] =>
  Array.from({ length: judged.length / each }, (_, i) => rewardOf(judged.slice(i * each, (i + 1) * each).map(parseScore)))

function pairOf(prompt: string, texts: readonly string[], rewards: readonly (number | null)[], from: number, count: number): Pair {
  const reward = (i: number): number => rewards[i] ?? texts[i].length / 1e4
  const order = Array.from({ length: count }, (_, i) => from + i).sort((a, b) => reward(b) - reward(a))
  return { prompt, chosen: texts[order[0]], rejected: texts[order[count - 1]] }
}

/**
 * One iteration of the method on both sides: candidates, judgements of each, the best and the worst of every prompt as a pair, one epoch of DPO.
 * Every text has its full length, so that both sides do the same work whatever the models generate.
 */
await runBenchmark<'prompts' | 'candidates' | 'judgements' | 'responseTokens' | 'judgeTokens'>({
  name: 'iteration',
  title:
    'One self-rewarding iteration: candidates, judgements, pairs, DPO. Models are loaded beforehand; Laurel loads its model once more to train.',
  sizes: { prompts: 8, candidates: 4, judgements: 3, responseTokens: 128, judgeTokens: 128 },
  quick: { prompts: 4, responseTokens: 64, judgeTokens: 64 },
  figures: [
    { key: 'totalSeconds', label: 'total seconds', better: 'lower' },
    { key: 'candidatesSeconds', label: 'candidates, seconds', better: 'lower' },
    { key: 'judgementsSeconds', label: 'judgements, seconds', better: 'lower' },
    { key: 'dpoSeconds', label: 'DPO, seconds', better: 'lower' },
    { key: 'peakGb', label: 'peak memory, GB', better: 'lower' },
  ],
  cases: ({ precisions }) =>
    precisions.map((precision) => ({
      name: precision,
      sides: [
        laurelSide(precision, async (engine, { options, warm, done }) => {
          const model = requirePath(options, 'model')
          const size = options.sizes
          const prompts = seedTasks(size.prompts).map(({ prompt }) => prompt)
          await engine.load(model)
          warm()
          const [texts, candidatesSeconds] = await timed(() => answers(engine, model, prompts, size.candidates, size.responseTokens))
          const asked = texts.map((response, i) => judgePrompt(prompts[Math.floor(i / size.candidates)], response))
          const [judged, judgementsSeconds] = await timed(() => answers(engine, model, asked, size.judgements, size.judgeTokens))
          const rewards = rewardsOf(judged, size.judgements)
          const rows = prompts.map((prompt, i) => pairOf(prompt, texts, rewards, i * size.candidates, size.candidates))
          const { allSeconds: dpoSeconds } = await timeTraining(engine, { task: 'dpo', model, rows, batch, precision }, () => {}, done)
          return { totalSeconds: candidatesSeconds + judgementsSeconds + dpoSeconds, candidatesSeconds, judgementsSeconds, dpoSeconds }
        }),
        peerSide('transformers and TRL', 'iteration', ({ options: { sizes } }) => ({
          ...{ ...sizes, ...sharedSampling, ...sharedSettings, learningRate: learningRates.dpo },
          ...{ dtype: precision, batch, rubric, prompts: seedTasks(sizes.prompts).map(({ prompt }) => prompt) },
        })),
      ],
    })),
})
