import type { LeftOut } from '../data/imported.ts'

/** Maximum number of skipped rows to print. */
const shownRejected = 20

/** Lines that name the first skipped rows; `total` may exceed those given. */
export function leftOutText(leftOut: readonly LeftOut[], total: number): string[] {
  const more = total - Math.min(total, shownRejected)
  return [
    ...leftOut.slice(0, shownRejected).map(({ line, reason }) => `skipped line ${line}: ${reason}`),
    ...(more > 0 ? [`skipped ${more} more rows`] : []),
  ]
}

/** Escapes control characters, which a terminal would interpret. */
export const printable = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cf}]/gu, (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`)
