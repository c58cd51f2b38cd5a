/** Terminal escape sequences: titles (ESC ]), colors and cursor movement (ESC [), and the short ones. */
const [start, bell, control] = ['\\u001b', '\\u0007', '\\u009b']
const escapes = new RegExp(
  `${start}(?:\\][^${bell}${start}]*(?:${bell}|${start}\\\\)?|\\[[0-?]*[ -/]*[@-~]?|[ -/]*[0-~]?)|${control}[0-?]*[ -/]*[@-~]?`,
  'g',
)

/** Control characters, line and paragraph separators, and marks that change the text direction. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/gu

/**
 * A name as one printable line. Names come from foreign recipes, folders, and files: a line break could start a new line in the file they are
 * written to, and an escape sequence would be a command to the terminal.
 */
export const oneLine = (text: string): string => text.replace(escapes, '').replace(unprintable, ' ').replaceAll(/ {2,}/g, ' ').trim()
