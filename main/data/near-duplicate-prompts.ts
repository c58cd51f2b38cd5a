import { nearDuplicates } from '../evaluation/near-duplicates.ts'
import { type Imported, type LeftOut, type Prompt, promptKey } from './imported.ts'

/** A prompt that is nearly an earlier one of its file. */
export interface NearPrompt {
  readonly prompt: string
  readonly of: string
  /** ROUGE-L F1. */
  readonly score: number
}

/** Similarity above which the paper's filter drops a new prompt (Self-Instruct). */
export const nearThreshold = 0.7

/** A file's distinct prompts that are nearly an earlier one, by `promptKey`. Conversations are compared as a whole. */
export function nearPrompts(
  { ranked, instructions, unwanted = [], preferences, prompts }: Imported,
  threshold: number,
): Map<string, NearPrompt> {
  const all: readonly Prompt[] = [...(ranked.length > 0 ? ranked : [...instructions, ...unwanted]), ...preferences].map(
    ({ prompt }) => prompt,
  )
  const texts = new Map([...all, ...prompts].map((prompt) => [promptKey(prompt), textOf(prompt)] as const))
  const [keys, list] = [[...texts.keys()], [...texts.values()]]
  return new Map(nearDuplicates(list, threshold).map(({ index, of, score }) => [keys[index], { prompt: list[index], of: list[of], score }]))
}

const textOf = (prompt: Prompt): string => (typeof prompt === 'string' ? prompt : prompt.map(({ content }) => content).join('\n'))

/** A file's contents without the rows whose prompt is nearly an earlier one; rows of the same prompt stay together. */
export function withoutNearPrompts(imported: Imported, threshold: number): Imported {
  const near = nearPrompts(imported, threshold)
  if (near.size === 0) return imported
  const skipped: LeftOut[] = [...imported.skipped]
  const kept = <Row extends { readonly prompt: Prompt }>(rows: readonly Row[], lineOf: (row: Row) => number): Row[] =>
    rows.filter((row) => {
      const found = near.get(promptKey(row.prompt))
      if (found !== undefined) skipped.push({ line: lineOf(row), reason: reasonOf(found) })
      return found === undefined
    })
  const ranked = kept(imported.ranked, ({ answers }) => answers[0].line)
  const isRanked = imported.ranked.length > 0
  return {
    ...imported,
    ranked,
    // of ranked answers, the examples are the best ones: their rows are named already
    instructions: isRanked
      ? imported.instructions.filter(({ prompt }) => !near.has(promptKey(prompt)))
      : kept(imported.instructions, lineOfRow),
    preferences: kept(imported.preferences, lineOfRow),
    prompts: imported.prompts.filter((prompt) => !near.has(promptKey(prompt))),
    ...(imported.unwanted && { unwanted: imported.unwanted.filter(({ prompt }) => !near.has(promptKey(prompt))) }),
    skipped: skipped.sort((a, b) => a.line - b.line),
    notes: [...imported.notes, `${near.size} prompts that are nearly an earlier one (ROUGE-L above ${threshold}) are left out.`],
  }
}

const lineOfRow = ({ line }: { readonly line: number }): number => line

const reasonOf = ({ of, score }: NearPrompt): string => `its prompt is nearly "${of.slice(0, 60)}" (ROUGE-L ${score.toFixed(2)})`
