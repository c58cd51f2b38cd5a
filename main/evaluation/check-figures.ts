import { mean } from '../common/numbers.ts'
import type { Figures } from '../shared/evaluation-settings.ts'
import type { Requirement } from '../shared/requirement.ts'
import { wilsonInterval } from './agreement.ts'
import { readyCheck } from './checks/checks.ts'

/** A prompt with requirements, and a model's response to it. A prompt can have several. */
export interface CheckedResponse {
  readonly prompt: string
  readonly requirements: readonly Requirement[]
  readonly text: string
  /** It was cut off at the maximum length. */
  readonly isCut: boolean
}

/**
 * How well responses follow their prompts, by programs alone. `prompts_met` is the share of responses that meet every requirement (IFEval's
 * strict prompt accuracy), `requirements_met` the share of requirements met; each with Wilson's 95% interval. Several responses to a prompt
 * aren't independent, so the intervals are those of one response per prompt. `words`: mean length; `distinct_2`: share of different pairs of
 * consecutive words (Li et al. 2016); `met ID` and `of ID`: the share and the number of the requirements of one check.
 */
export function checkFigures(responses: readonly CheckedResponse[]): Figures {
  if (responses.length === 0) return {}
  const checked = responses.map(({ prompt, requirements, text }) =>
    requirements.flatMap(({ check }) => (check === null ? [] : [{ id: check.id, isMet: readyCheck(check).isMet(text, prompt) }])),
  )
  const prompts = new Set(responses.map(({ prompt }) => prompt)).size
  const perPrompt = responses.length / prompts
  const all = checked.flat()
  const byId = [...Map.groupBy(all, ({ id }) => id)].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    ...shareWithInterval('prompts', checked.filter((list) => list.every(({ isMet }) => isMet)).length / perPrompt, prompts),
    ...shareWithInterval('requirements', all.filter(({ isMet }) => isMet).length / perPrompt, all.length / perPrompt),
    words: mean(responses.map(({ text }) => wordsOf(text).length)),
    distinct_2: distinctPairs(responses.map(({ text }) => wordsOf(text))),
    unfinished: mean(responses.map(({ isCut }) => (isCut ? 1 : 0))),
    ...Object.fromEntries(
      byId.flatMap(([id, own]) => [
        [`met ${id}`, mean(own.map(({ isMet }) => (isMet ? 1 : 0)))],
        [`of ${id}`, own.length / perPrompt],
      ]),
    ),
  }
}

function shareWithInterval(name: string, met: number, n: number): Figures {
  const { low, high } = wilsonInterval(met, n)
  return { [`${name}_met`]: met / n, [`${name}_low`]: low, [`${name}_high`]: high, [name]: n }
}

/** The words of a text, in lowercase. */
export const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}'’]+/gu) ?? []

/** Different pairs of consecutive words as a share of all pairs; null: there are none. */
export function distinctPairs(texts: readonly (readonly string[])[]): number | null {
  const pairs = texts.flatMap((words) => words.slice(1).map((word, i) => `${words[i]} ${word}`))
  return pairs.length === 0 ? null : new Set(pairs).size / pairs.length
}
