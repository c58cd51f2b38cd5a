/** A token that a server gives as likely to come first, with its log-probability. */
interface LikelyToken {
  readonly token: string
  readonly logprob: number
}

const logSumExp = (values: readonly number[]): number => {
  const most = Math.max(...values)
  return most === Number.NEGATIVE_INFINITY ? most : most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0))
}

/**
 * The log-probabilities of choices as the first token, from a server's list of likely tokens. A server doesn't say how it splits a choice
 * into tokens: those that are the choice, apart from spaces around it, count together; if there is none, the longest token that begins the
 * choice. A choice that isn't in the list is at most as likely as the last token of the list, and gets that if another choice is there: the
 * difference is below the probability of a token that rarely comes. If none is, nothing is known of any (-Infinity).
 *
 * `ids`: equal for choices that can't be distinguished.
 */
export function firstTokenChoices(
  choices: readonly string[],
  tokens: readonly LikelyToken[],
): { readonly logprobs: number[]; readonly ids: number[] } {
  const least = Math.min(...tokens.map(({ logprob }) => logprob))
  const matches = choices.map((choice) => matchesOf(choice, tokens))
  const isAnyThere = matches.some((found) => found.length > 0)
  const absent = isAnyThere ? least : Number.NEGATIVE_INFINITY
  return {
    logprobs: matches.map((found) => (found.length === 0 ? absent : logSumExp(found.map(({ logprob }) => logprob)))),
    ids: matches.map((found, i) => {
      const same = matches.findIndex((other, j) => sharesToken(found, other) || choices[j].trim() === choices[i].trim())
      return same === -1 ? i : same
    }),
  }
}

function matchesOf(choice: string, tokens: readonly LikelyToken[]): LikelyToken[] {
  const text = choice.trim()
  const whole = tokens.filter(({ token }) => token.trim() === text)
  if (whole.length > 0) return whole
  const begins = tokens.filter(({ token }) => token.trim() !== '' && text.startsWith(token.trim()))
  const longest = Math.max(0, ...begins.map(({ token }) => token.trim().length))
  return begins.filter(({ token }) => token.trim().length === longest)
}

const sharesToken = (a: readonly LikelyToken[], b: readonly LikelyToken[]): boolean => a.some((token) => b.includes(token))
