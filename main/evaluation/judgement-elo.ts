import { bradleyTerry, eloPoints } from './bradley-terry.ts'

/** A comparison of two judgements of one response, by their numbers, in the order shown. */
export interface Battle {
  readonly first: number
  readonly second: number
  /** More than 0: the first is better; less: the second. */
  readonly lead: number
}

/** How much a win counts, by the place of the winner. */
export interface PlaceWeights {
  readonly first: number
  readonly second: number
}

/**
 * Weights that cancel a preference for one place (Wu et al. 2024, section 2.4): a win in the first place counts as the share of all wins
 * that were in the second place, and the other way round. If every win is in one place, no win counts. Null: there are no wins.
 */
export function placeWeights(battles: readonly Battle[]): PlaceWeights | null {
  const [first, second] = [battles.filter(({ lead }) => lead > 0).length, battles.filter(({ lead }) => lead < 0).length]
  const all = first + second
  return all === 0 ? null : { first: second / all, second: first / all }
}

/**
 * Elo scores of a response's judgements: the maximum likelihood of the Bradley-Terry model, in which each win counts by its place. Scores
 * have a mean of 0; see `bradleyTerry` for what keeps them finite.
 */
export function judgementElo(battles: readonly Battle[], weights: PlaceWeights): Map<number, number> {
  const games = battles.map(({ first, second, lead }) => ({
    ...{ first: String(first), second: String(second) },
    points: lead > 0 ? 1 : 0,
    weight: lead > 0 ? weights.first : lead < 0 ? weights.second : 0,
  }))
  return new Map([...eloPoints(bradleyTerry(games))].map(([player, points]) => [Number(player), points]))
}

/** Comparisons of the same two judgements in both orders, and on how many of these the orders agree. */
export function agreementOfOrders(battles: readonly Battle[]): { readonly compared: number; readonly agreed: number } {
  const leads = new Map(battles.map(({ first, second, lead }) => [`${first} ${second}`, lead]))
  const both = battles.flatMap(({ first, second, lead }) => {
    const swapped = leads.get(`${second} ${first}`)
    return first < second && swapped !== undefined ? [{ lead, swapped }] : []
  })
  return { compared: both.length, agreed: both.filter(({ lead, swapped }) => lead * swapped < 0).length }
}
