/**
 * Limits on formatted text. Markdown parsing is quadratic in repeated marks within a block, and rendering recurses as deep as the nesting; a model that
 * repeats itself writes thousands of the same mark. Normal answers are far below these limits.
 */
export const limits = {
  characters: 20_000,
  lines: 1000,
  /** Nested quotes and list items on one line. */
  depth: 12,
  /** Consecutive characters without a space. */
  word: 2000,
  /** Characters that may start a link, emphasis, code, a table cell, and so on: per block, and in the whole text. */
  marksInBlock: 400,
  marks: 3000,
} as const

const marks = new Set('[]*_~`<&|\\@!$')

/** Running counts. */
interface Counts {
  lines: number
  marksInBlock: number
  marks: number
  /** The fence of the open code block; null: none. */
  fence: string | null
}

/**
 * Length of the prefix that is safe to format: the whole text, or up to where a limit is exceeded, cut at a line end if possible. One pass over at most
 * `limits.characters`.
 */
export function formattedLength(text: string): number {
  const most = Math.min(text.length, limits.characters)
  const counts: Counts = { lines: 0, marksInBlock: 0, marks: 0, fence: null }
  let lineAt = 0
  while (lineAt < most) {
    const found = text.indexOf('\n', lineAt)
    const lineEnd = found < 0 || found > most ? most : found
    const reached = ++counts.lines > limits.lines ? lineAt : countLine(text, lineAt, lineEnd, counts)
    if (reached < lineEnd) return lineAt > 0 ? lineAt : reached
    if (lineEnd === most) break
    lineAt = lineEnd + 1
  }
  return most === text.length || lineAt === 0 ? most : lineAt
}

/** Counts a line. Returns its end, or the position where a limit is exceeded. */
function countLine(text: string, lineAt: number, lineEnd: number, counts: Counts): number {
  counts.fence = fenceAfter(text, lineAt, counts.fence)
  const markers = markersOf(text, lineAt, lineEnd)
  // list items, table rows, and paragraphs are parsed separately
  if (markers.isItem || markers.end === lineEnd || text[markers.end] === '|') counts.marksInBlock = 0
  if (markers.tooDeepAt !== null) return markers.tooDeepAt
  let word = 0
  for (let place = markers.end; place < lineEnd; place++) {
    const character = text[place]
    word = character === ' ' || character === '\t' ? 0 : word + 1
    if (word > limits.word) return place
    if (counts.fence !== null || !marks.has(character)) continue
    if (++counts.marksInBlock > limits.marksInBlock || ++counts.marks > limits.marks) return place
  }
  return lineEnd
}

/** The quote and list markers at the start of a line: where they end, whether one is a list item, and where they exceed the depth limit. */
function markersOf(text: string, lineAt: number, lineEnd: number): { end: number; isItem: boolean; tooDeepAt: number | null } {
  let [place, depth, isItem] = [lineAt, 0, false]
  while (place < lineEnd) {
    if (text[place] === ' ' || text[place] === '\t' || text[place] === '\r') {
      place++
      continue
    }
    const length = markerLength(text, place)
    if (length === 0) break
    if (++depth > limits.depth) return { end: place, isItem, tooDeepAt: place }
    isItem ||= text[place] !== '>'
    place += length
  }
  return { end: Math.min(place, lineEnd), isItem, tooDeepAt: null }
}

/** Length of the quote or list marker at this position; 0: none. */
function markerLength(text: string, place: number): number {
  if (text[place] === '>') return 1
  const [marker] = /^(?:[-+*]|\d{1,9}[.)])(?=[ \t\r\n]|$)/.exec(text.slice(place, place + 12)) ?? ['']
  return marker.length
}

/** The fence of the code block that is open after a line; null: none. */
function fenceAfter(text: string, lineAt: number, open: string | null): string | null {
  const [, fence, rest] = /^ {0,3}(`{3,}|~{3,})([^\n]{0,200})/.exec(text.slice(lineAt, lineAt + 400)) ?? []
  if (fence === undefined) return open
  if (open === null) return fence[0] === '`' && rest.includes('`') ? null : fence
  return fence[0] === open[0] && fence.length >= open.length && rest.trim() === '' ? null : open
}
