/** The document with the text between a block's two markers replaced; if it has no such block, one is appended. */
export function replaceBlock(document: string, name: string, content: string): string {
  const [open, close] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`]
  const block = `${open}\n\n${content.trim()}\n\n${close}`
  const from = document.indexOf(open)
  if (from === -1) return `${document.trimEnd()}\n\n${block}\n`
  const to = document.indexOf(close, from)
  if (to === -1) throw new Error(`${open} is not closed`)
  return document.slice(0, from) + block + document.slice(to + close.length)
}
