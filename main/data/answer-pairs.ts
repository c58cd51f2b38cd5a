import { generators } from '../common/random.ts'
import { characters } from '../evaluation/reward-metrics.ts'
import type { RandomGeneratorName } from '../shared/random-generator.ts'

/** Two answers to a prompt, the first of which is known to be better. */
export interface AnswerPair {
  readonly prompt: string
  readonly better: string
  readonly worse: string
}

/** The bins of `balanceLengths`: up to this many times as long; one more for anything beyond. */
const ratios = [1.1, 1.25, 1.5, 2, 3, 5] as const

/**
 * At most `limit` of the pairs, whose lengths say nothing about which answer is better: among pairs whose longer answer is about as many
 * times as long as the shorter one, the better answer is the longer one as often as not. Pairs of equal length are all kept. The seed draws
 * which ones are kept; their order doesn't change.
 */
export function balanceLengths<Pair extends Pick<AnswerPair, 'better' | 'worse'>>(
  pairs: readonly Pair[],
  { limit, seed, random }: { readonly limit: number; readonly seed: number; readonly random: RandomGeneratorName },
): Pair[] {
  const { deriveSeed, permutation } = generators[random]
  const shuffled = <T>(list: readonly T[], ...key: (string | number)[]): T[] =>
    permutation(list.length, deriveSeed(seed, ...key)).map((i) => list[i])
  const sizes = pairs.map(({ better, worse }) => ({ better: characters(better), worse: characters(worse) }))
  const binOf = (i: number): number => {
    const [shorter, longer] = [sizes[i].better, sizes[i].worse].sort((a, b) => a - b)
    return ratios.filter((ratio) => longer > ratio * shorter).length
  }
  const [equal, unequal] = [true, false].map((isEqual) => [...pairs.keys()].filter((i) => (sizes[i].better === sizes[i].worse) === isEqual))
  const couples = [...Map.groupBy(unequal, binOf)].flatMap(([bin, places]) => {
    const [longer, shorter] = [true, false].map((isLonger) =>
      shuffled(
        places.filter((i) => sizes[i].better > sizes[i].worse === isLonger),
        bin,
        isLonger ? 'longer' : 'shorter',
      ),
    )
    return longer.slice(0, shorter.length).map((place, i) => [place, shorter[i]])
  })
  const kept: number[] = []
  for (const unit of shuffled([...couples, ...equal.map((i) => [i])], 'limit')) if (kept.length + unit.length <= limit) kept.push(...unit)
  return kept.sort((a, b) => a - b).map((i) => pairs[i])
}
