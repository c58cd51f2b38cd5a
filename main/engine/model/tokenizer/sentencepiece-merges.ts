const normalType = 1

/**
 * Merges that make byte-pair encoding equivalent to SentencePiece with scores. SentencePiece always joins the adjacent pair whose union has
 * the highest score, so every split of a token into two tokens is a merge, ordered by the token's score (highest first), then by the ids of
 * its parts, as in transformers.
 */
export function sentencePieceMerges(tokens: readonly string[], scores: readonly number[], types: readonly number[]): [string, string][] {
  const ids = new Map(tokens.map((token, id) => [token, id]))
  const merges: { readonly left: number; readonly right: number; readonly score: number }[] = []
  for (const [whole, token] of tokens.entries()) {
    if (types[whole] !== normalType) continue
    let cut = 0
    for (const character of token) {
      cut += character.length
      const left = ids.get(token.slice(0, cut))
      const right = ids.get(token.slice(cut))
      if (left !== undefined && right !== undefined) merges.push({ left, right, score: scores[whole] })
    }
  }
  merges.sort((a, b) => b.score - a.score || a.left - b.left || a.right - b.right)
  return merges.map(({ left, right }) => [tokens[left], tokens[right]])
}
