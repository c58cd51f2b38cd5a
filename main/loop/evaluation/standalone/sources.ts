import { importInThread } from '../../../data/import-thread.ts'
import type { Prompt } from '../../../data/imported.ts'
import { badInput } from '../../../shared/errors.ts'
import type { InputSource } from '../../../shared/evaluation-settings.ts'
import type { Store } from '../../../store/store.ts'
import { type RankedInput, rankedHeldOut } from '../judge-quality.ts'
import type { LikelihoodInput } from '../likelihood.ts'

/** The first prompts of a source: held out by a run, or from a file. Throws BAD_INPUT if there are none. */
export async function promptsOf(store: Store, source: InputSource, count: number): Promise<string[]> {
  const prompts = source.from === 'run' ? heldOut(store, source.runId) : await promptsIn(source.path)
  if (prompts.length === 0) throw badInput('No prompts to compare the models on.', 'Choose a run with held-out prompts, or a file.')
  return prompts.slice(0, count)
}

const heldOut = (store: Store, runId: string): string[] => store.examples.ofKind(runId, 'held-out').map(({ instruction }) => instruction)

async function promptsIn(path: string): Promise<string[]> {
  const { prompts, instructions, ranked, preferences } = await importInThread(path)
  const all = [
    ...prompts,
    ...ranked.map(({ prompt }) => prompt),
    ...(ranked.length > 0 ? [] : instructions.flatMap(({ prompt }) => standalone(prompt))), // the best ranked answers are listed twice
    ...preferences.flatMap(({ prompt }) => standalone(prompt)),
  ]
  return [...new Set(all)]
}

/** A prompt that is a single text, not a multi-turn conversation. */
const standalone = (prompt: Prompt): string[] =>
  typeof prompt === 'string' ? [prompt] : prompt.length === 1 && prompt[0].role === 'user' ? [prompt[0].content] : []

/** Human-ranked answers: held out by a run, or from a file. Throws BAD_INPUT if there are none. */
export async function rankedOf(store: Store, source: InputSource, count: number): Promise<RankedInput[]> {
  const ranked = source.from === 'run' ? rankedHeldOut(store, source.runId) : (await importInThread(source.path)).ranked
  if (ranked.length === 0)
    throw badInput('No human-ranked answers found.', 'Choose a file of {question, answer, rank} rows or OASST trees.')
  return ranked.slice(0, count).map(({ prompt, answers }) => ({ prompt, answers: answers.map(({ text, rank }) => ({ text, rank })) }))
}

/** The rows of a file: plain texts, and responses with their prompts. Throws BAD_INPUT if there are none. */
export async function textsOf(path: string, count: number): Promise<LikelihoodInput[]> {
  const { prompts, instructions, preferences } = await importInThread(path)
  const rows: LikelihoodInput[] = [
    ...instructions.flatMap(({ prompt, response }) => standalone(prompt).map((text) => ({ prompt: text, text: response }))),
    ...preferences.flatMap(({ prompt, chosen }) => standalone(prompt).map((text) => ({ prompt: text, text: chosen }))),
    ...prompts.map((text) => ({ prompt: null, text })),
  ].filter(({ text }) => text !== '')
  if (rows.length === 0)
    throw badInput(`${path} contains no text to measure.`, 'Choose a file of {text}, {prompt, completion} or {instruction, output} rows.')
  return rows.slice(0, count)
}
