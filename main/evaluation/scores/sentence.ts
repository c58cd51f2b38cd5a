const farthest = 140

/** The sentence up to `place`, on its line; a period within a number or after `e.g` doesn't end it. */
export function sentenceBefore(text: string, place: number): string {
  const first = Math.max(0, place - farthest)
  for (let at = place - 1; at >= first; at--) {
    const character = text[at]
    if (character === '\n' || character === '!' || character === '?' || character === '。') return text.slice(at + 1, place)
    if (character === '.' && !isWithin(text, at)) return text.slice(at + 1, place)
  }
  return text.slice(first, place)
}

const isWithin = (text: string, dot: number): boolean =>
  /\d/.test(text[dot + 1] ?? '') || /(?:\b(?:e|g|max|min|z|b|i|ca|approx)|(?:^|\n) ?\d{1,2})$/i.test(text.slice(Math.max(0, dot - 7), dot))

const boundaries = new Set('!?:;,\n|(){}"<>[]⟦⟧。，；：')

/** The clause up to `place`: words that may belong to a label there. */
export function clauseBefore(text: string, place: number): string {
  const first = Math.max(0, place - 60)
  for (let at = place - 1; at >= first; at--) {
    const isDash = /[-–—]/.test(text[at]) && text[at + 1] === ' ' && text[at - 1] === ' '
    if (isDash || boundaries.has(text[at]) || (text[at] === '.' && !isWithin(text, at))) return text.slice(at + 1, place)
  }
  return text.slice(first, place)
}
