/** JSON strings (unrolled, so that long ones need no backtracking) and punctuation. */
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:]/g

/**
 * The first duplicate key within an object of this valid JSON text, or undefined. `JSON.parse` silently keeps the last one, so a file could
 * show one tensor to a checker and another to a reader.
 */
export function firstDuplicateKey(text: string): string | undefined {
  const open: (Set<string> | null)[] = [] // an object's keys; null: an array
  let string = ''
  for (const [found] of text.matchAll(token)) {
    if (found === '{') open.push(new Set())
    else if (found === '[') open.push(null)
    else if (found === '}' || found === ']') open.pop()
    else if (found !== ':') string = found
    else {
      const key = JSON.parse(string) as string
      const keys = open.at(-1)
      if (keys?.has(key)) return key
      keys?.add(key)
    }
  }
  return undefined
}
