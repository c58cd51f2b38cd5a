const digitZeros = [0x660, 0x6f0, 0x966] // Arabic, Persian, Devanagari

/**
 * A judge's text without its thoughts: compatibility forms folded (full-width digits, no-break spaces), invisible characters and closed
 * thinking blocks removed. Null if the text was truncated during thinking: it contains no judgement then. Each rule is one pass, so time is
 * linear.
 */
export const spokenText = (text: string): string | null => withoutThoughts(foldCharacters(text))

/** Folds variants of the same character into one form. */
function foldCharacters(text: string): string {
  return text
    .replace(/[^ -~\n½¼¾]+/g, (found) => found.normalize('NFKC'))
    .replace(/\p{Cf}|\uFE0E|\uFE0F|\u20E3/gu, '')
    .replace(/\r\n?|[\u2028\u2029\u0085]/g, '\n')
    .replace(/[\p{Zs}\t]+/gu, ' ')
    .replace(/\n(?: ?\n)+/g, '\n\n')
    .replace(/[‐‒−]/g, '-')
    .replace(/[⁄∕]/g, '/')
    .replace(/[∶꞉]/g, ':')
    .replace(/〜/g, '~')
    .replace(/[٠-٩۰-۹०-९]/g, (digit) => {
      const code = digit.codePointAt(0) as number
      return String(code - (digitZeros.findLast((zero) => zero <= code) as number))
    })
}

const finalChannel = '<|channel|>final<|message|>'
const thought = /<(\/?)(think|thinking|thoughts?|reasoning|scratchpad)>/gi

/** Removes closed thinking blocks; null if one at the start of a line is never closed. */
function withoutThoughts(text: string): string | null {
  const final = text.lastIndexOf(finalChannel)
  if (final !== -1) return text.slice(final + finalChannel.length)
  if (text.includes('<|channel|>analysis')) return null
  let kept = ''
  let from = 0
  let open: { name: string; from: number } | null = null
  for (const { 0: tag, 1: slash, 2: name, index } of text.matchAll(thought)) {
    if (slash === '' && open === null && beginsLine(text, index)) {
      open = { name: name.toLowerCase(), from: index }
      kept += text.slice(from, index)
      from = index
    } else if (slash === '/' && open?.name === name.toLowerCase()) {
      open = null
      from = index + tag.length
    } else if (slash === '/' && open === null) {
      kept = '' // the template opened it
      from = index + tag.length
    }
  }
  return open === null ? kept + text.slice(from) : null
}

const beginsLine = (text: string, place: number): boolean => /(?:^|\n)[ >*]{0,12}$/.test(text.slice(Math.max(0, place - 13), place))
