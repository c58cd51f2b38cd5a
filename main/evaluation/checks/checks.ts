import { badInput } from '../../shared/errors.ts'
import { oneLine } from '../../shared/one-line.ts'
import type { Check } from '../../shared/requirement.ts'
import { answerChecks } from './answers.ts'
import type { CheckKinds, ReadyCheck } from './check-kind.ts'
import { formatChecks } from './formats.ts'
import { combinationChecks, keywordChecks } from './keywords.ts'
import { lengthChecks } from './lengths.ts'
import { caseChecks } from './letter-case.ts'
import { languageChecks } from './response-language.ts'
import { edgeChecks } from './starts-and-ends.ts'

export type { ReadyCheck } from './check-kind.ts'

/** Every kind by its id: those of IFEval (Zhou et al. 2023, arXiv 2311.07911), and our own, whose ids start with `laurel:`. */
const kinds: CheckKinds = {
  ...keywordChecks,
  ...lengthChecks,
  ...formatChecks,
  ...combinationChecks,
  ...edgeChecks,
  ...caseChecks,
  ...languageChecks,
  ...answerChecks,
}

export const checkIds: readonly string[] = Object.keys(kinds).sort()

/** Throws BAD_INPUT, which names the check and the argument. */
export function readyCheck({ id, args }: Check): ReadyCheck {
  if (!Object.hasOwn(kinds, id)) throw badInput(`There is no check "${oneLine(id)}".`, `Choose one of ${checkIds.join(', ')}.`)
  return kinds[id](args, id)
}

/**
 * Readings of a response for IFEval's loose accuracy (Zhou et al. 2023, section 2.2): as it is, without its first line ("Sure, here it is:"), without its last, without
 * both, and each without asterisks. A check is loosely met if one of them meets it.
 */
export function looseReadings(response: string): readonly string[] {
  const lines = response.split('\n')
  const parts = [response, ...[lines.slice(1), lines.slice(0, -1), lines.slice(1, -1)].map((part) => part.join('\n').trim())]
  return [...parts, ...parts.map((part) => part.replaceAll('*', ''))]
}
