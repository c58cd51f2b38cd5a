/**
 * How much of a text is formatted. Markdown is parsed in steps that grow with the square of what is repeated in one block, and drawn by calls as deep as
 * it is nested; a model that repeats itself writes thousands of the same mark. Ordinary answers are far below all of these.
 */
export const limits = {
  characters: 20_000,
  lines: 1000,
  /** Quotes and list items inside one another on one line. */
  depth: 12,
  /** Characters without a space between them. */
  word: 2000,
  /** Characters that may begin a link, emphasis, code, a table cell and so on, between two blank lines; and in the whole text. */
  marksInBlock: 400,
  marks: 3000,
} as const

const marks = new Set('[]*_~`<&|\\@!$')

/** What has been counted so far. */
interface Counts {
  lines: number
  marksInBlock: number
  marks: number
  /** The fence of the code block that is open; null: none. */
  fence: string | null
}

/**
 * The length of the text's beginning that is safe to format: all of it, or what comes before a limit is passed, at a line's end where there is one. One
 * pass, over no more than the limit's characters.
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

/** Counts a line; gives its end, or the place where a limit is passed. */
function countLine(text: string, lineAt: number, lineEnd: number, counts: Counts): number {
  counts.fence = fenceAfter(text, lineAt, counts.fence)
  const markers = markersOf(text, lineAt, lineEnd)
  // each item, each row of a table, and each paragraph is parsed by itself
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

/** The quotes and list items that a line begins with: where they end, whether one is an item, and where they are too deep. */
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

/** How many characters a quote's or a list item's marker at this place has; 0: there is none. */
function markerLength(text: string, place: number): number {
  if (text[place] === '>') return 1
  const [marker] = /^(?:[-+*]|\d{1,9}[.)])(?=[ \t\r\n]|$)/.exec(text.slice(place, place + 12)) ?? ['']
  return marker.length
}

/** The fence of the code block that a line leaves open; null: none. */
function fenceAfter(text: string, lineAt: number, open: string | null): string | null {
  const [, fence, rest] = /^ {0,3}(`{3,}|~{3,})([^\n]{0,200})/.exec(text.slice(lineAt, lineAt + 400)) ?? []
  if (fence === undefined) return open
  if (open === null) return fence[0] === '`' && rest.includes('`') ? null : fence
  return fence[0] === open[0] && fence.length >= open.length && rest.trim() === '' ? null : open
}
