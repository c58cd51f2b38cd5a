/** Sequences that a terminal takes as commands: titles (ESC ]), colors and movements (ESC [), and the short ones. */
const [start, bell, control] = ['\\u001b', '\\u0007', '\\u009b']
const escapes = new RegExp(
  `${start}(?:\\][^${bell}${start}]*(?:${bell}|${start}\\\\)?|\\[[0-?]*[ -/]*[@-~]?|[ -/]*[0-~]?)|${control}[0-?]*[ -/]*[@-~]?`,
  'g',
)

/** Control characters, line and paragraph separators, and marks that turn the direction of what follows. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/gu

/**
 * A name as one printable line. Names come from recipes, folders and files of others; as they are, a line break in one would be a line of the file
 * it is written to, an escape sequence a command to the terminal.
 */
export const oneLine = (text: string): string => text.replace(escapes, '').replace(unprintable, ' ').replaceAll(/ {2,}/g, ' ').trim()
