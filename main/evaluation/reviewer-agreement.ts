import { cohenKappa } from './agreement.ts'

/** What a reviewer thinks of a pair. */
export interface Opinion {
  readonly pairId: number
  readonly reviewer: string
  readonly decision: string
}

/** How far two reviewers agree on the pairs that both have decided. */
export interface ReviewerAgreement {
  readonly a: string
  readonly b: string
  readonly n: number
  /** Share of the n pairs with the same decision. */
  readonly share: number
  /** Cohen's kappa over the decisions; null if undefined. */
  readonly kappa: number | null
}

/** Agreement between every two reviewers who have decided on the same pairs. */
export function reviewerAgreement(opinions: readonly Opinion[]): ReviewerAgreement[] {
  const byReviewer = new Map(
    [...Map.groupBy(opinions, ({ reviewer }) => reviewer)].map(([name, own]) => [
      name,
      new Map(own.map(({ pairId, decision }) => [pairId, decision])),
    ]),
  )
  const names = [...byReviewer.keys()].sort((a, b) => a.localeCompare(b, 'en'))
  return names.flatMap((a, i) =>
    names.slice(i + 1).flatMap((b) => {
      const others = byReviewer.get(b)!
      const both = [...byReviewer.get(a)!].flatMap(([pairId, decision]) => {
        const other = others.get(pairId)
        return other === undefined ? [] : [[decision, other] as const]
      })
      if (both.length === 0) return []
      const same = both.filter(([one, other]) => one === other).length
      const [ones, twos] = [both.map(([one]) => one), both.map(([, other]) => other)]
      return [{ a, b, n: both.length, share: same / both.length, kappa: cohenKappa(ones, twos) }]
    }),
  )
}
