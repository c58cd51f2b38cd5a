import { pythonSpace } from '../jinja/spaces.ts'
import type { AddedToken } from './added-tokens.ts'

/** A section of a text: an added token, or text between added tokens. */
export type Section = { readonly id: number } | { readonly text: string; readonly start: number }

const word = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200c\u200d]/u
const spacesBefore = new RegExp(`[${pythonSpace.replace('\\x1c-\\x20', ' ')}]`)

interface Node {
  readonly next: Map<string, Node>
  token?: AddedToken
}

/**
 * Finds added tokens in a text as tokenizers does: the leftmost, then the longest; whole words only with `single_word`; including
 * surrounding spaces with `lstrip` and `rstrip`. `contentOf` gives a token's form in the text (normalized or not).
 */
export class AddedTokenMatcher {
  readonly #root: Node = { next: new Map() }

  constructor(tokens: readonly AddedToken[], contentOf: (token: AddedToken) => string) {
    for (const token of tokens) {
      let node = this.#root
      for (const unit of contentOf(token)) {
        if (!node.next.has(unit)) node.next.set(unit, { next: new Map() })
        node = node.next.get(unit)!
      }
      if (node !== this.#root) node.token = token
    }
  }

  /** Split a text into sections. `spelled`: special tokens stay text. */
  split(text: string, spelled: boolean): Section[] {
    if (this.#root.next.size === 0) return text === '' ? [] : [{ text, start: 0 }]
    const sections: Section[] = []
    let from = 0 // start of the text that isn't in a section yet
    for (let at = 0; at < text.length; ) {
      const found = this.#longestAt(text, at)
      const end = at + (found?.length ?? 1)
      if (found !== undefined && !(spelled && found.token.special) && isAllowed(found.token, text, at, end)) {
        const start = found.token.lstrip ? Math.max(leftOfSpaces(text, at), from) : at
        if (from < start) sections.push({ text: text.slice(from, start), start: from })
        sections.push({ id: found.token.id })
        from = found.token.rstrip ? rightOfSpaces(text, end) : end
      }
      at = end
    }
    if (from < text.length) sections.push({ text: text.slice(from), start: from })
    return sections
  }

  #longestAt(text: string, at: number): { token: AddedToken; length: number } | undefined {
    let node = this.#root
    let found: { token: AddedToken; length: number } | undefined
    for (let i = at; i < text.length; ) {
      const unit = String.fromCodePoint(text.codePointAt(i)!)
      const next = node.next.get(unit)
      if (next === undefined) break
      node = next
      i += unit.length
      if (node.token !== undefined) found = { token: node.token, length: i - at }
    }
    return found
  }
}

function isAllowed(token: AddedToken, text: string, start: number, end: number): boolean {
  return !token.single_word || !(isWordBefore(text, start) || word.test(characterAt(text, end)))
}

const characterAt = (text: string, at: number): string => (at < text.length ? String.fromCodePoint(text.codePointAt(at)!) : '')

function isWordBefore(text: string, at: number): boolean {
  if (at === 0) return false
  const isPair = at > 1 && /[\udc00-\udfff]/.test(text[at - 1])
  return word.test(characterAt(text, at - (isPair ? 2 : 1)))
}

function leftOfSpaces(text: string, at: number): number {
  let start = at
  while (start > 0 && spacesBefore.test(text[start - 1])) start--
  return start
}

function rightOfSpaces(text: string, at: number): number {
  let end = at
  while (end < text.length && spacesBefore.test(text[end])) end++
  return end
}
