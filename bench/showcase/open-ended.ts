import { mean } from '../../main/common/numbers.ts'
import { importInThread } from '../../main/data/import-thread.ts'
import type { Engine } from '../../main/engine/hosts/engine.ts'
import { distinctPairs, wordsOf } from '../../main/evaluation/check-figures.ts'
import { sampling } from '../../main/shared/engine-protocol.ts'

/** What an answer to an open question looks like, and how well the model predicts people's answers. */
export interface OpenEnded {
  /** Mean words of its answers, cut at `maxNewTokens`. */
  readonly words: number
  /** Different pairs of neighboring words among one answer to each question, as a mean over the answers of each. */
  readonly distinct2: number
  /** Perplexity of the best-ranked answers, per token. */
  readonly perplexity: number
}

const maxNewTokens = 256
/** Answers to each question: with one, the mean length is uncertain by 8 words. */
const samples = [0, 1]
/** Characters of the ranked answers that are read. */
const read = 800
const shortPrompt = 600

/** Open questions and their best-ranked answers. */
export async function openQuestions(path: string, count: number): Promise<{ prompt: string; answer: string }[]> {
  const { ranked } = await importInThread(path)
  return ranked
    .filter(({ prompt }) => prompt.length < shortPrompt)
    .slice(0, count)
    .map(({ prompt, answers }) => ({ prompt, answer: answers.toSorted((a, b) => a.rank - b.rank)[0].text.slice(0, read) }))
}

/** Whether a model still answers open questions as before: two sampled answers to each, and the perplexity of people's answers. */
export async function checkOpenEnded(
  engine: Engine,
  model: string,
  questions: Awaited<ReturnType<typeof openQuestions>>,
): Promise<OpenEnded> {
  const texts: string[][] = samples.map(() => [])
  const rows = questions.map(({ prompt }, at) => ({ input: { prompt }, seeds: samples.map((sample) => sample * questions.length + at) }))
  const params = { model, rows, sampling: sampling.parse({ temperature: 0.7, topP: 1, maxNewTokens }), batch: 64 }
  for await (const { row, sample, text } of engine.generate(params)) texts[sample][row] = text
  const logprobs: number[] = []
  const toScore = questions.map(({ prompt, answer }) => ({ input: { prompt }, continuation: answer }))
  for await (const item of engine.score({ model, rows: toScore, top: 0, batch: 64 }))
    logprobs.push(...item.tokenLogprobs.slice(item.continuationStart - 1)) // entry i is about token i + 1
  const words = texts.map((answers) => answers.map(wordsOf))
  return {
    words: mean(words.flat().map(({ length }) => length)),
    distinct2: mean(words.map((answers) => distinctPairs(answers) ?? 0)),
    perplexity: Math.exp(-mean(logprobs)),
  }
}
