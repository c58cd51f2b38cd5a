import { generators } from '../common/random.ts'
import type { RandomGeneratorName } from '../shared/random-generator.ts'

/** A program's verdict: whether a response meets a requirement. */
export interface Verdict {
  /** The id of the check. */
  readonly check: string
  readonly isMet: boolean
  /** The requirement is another prompt's. */
  readonly isSwapped: boolean
}

/**
 * At most `limit` of the verdicts, as many met as unmet for each check, and the checks as even as their rarer verdicts allow. Own and
 * swapped requirements are balanced apart, so that a requirement's presence in the prompt says nothing about the verdict. The seed draws
 * which ones are kept; their order doesn't change.
 */
export function balanceVerdicts<V extends Verdict>(
  verdicts: readonly V[],
  { limit, seed, random }: { readonly limit: number; readonly seed: number; readonly random: RandomGeneratorName },
): V[] {
  const { deriveSeed, permutation } = generators[random]
  const drawn = (places: readonly number[], ...key: string[]): number[] =>
    permutation(places.length, deriveSeed(seed, ...key)).map((i) => places[i])
  const kinds = [...Map.groupBy(verdicts.keys(), (i) => `${verdicts[i].check} ${verdicts[i].isSwapped ? 'swapped' : 'own'}`)]
  const pairs = kinds.map(([kind, places]) => {
    const [met, unmet] = [true, false].map((isMet) =>
      drawn(
        places.filter((i) => verdicts[i].isMet === isMet),
        kind,
        isMet ? 'met' : 'unmet',
      ),
    )
    return met.slice(0, unmet.length).map((place, i) => [place, unmet[i]])
  })
  const rounds = Math.max(0, ...pairs.map(({ length }) => length))
  const inTurn = Array.from({ length: rounds }, (_, round) => pairs.flatMap((own) => own.slice(round, round + 1))).flat()
  const kept = inTurn.slice(0, Math.floor(limit / 2)).flat()
  return kept.sort((a, b) => a - b).map((i) => verdicts[i])
}
