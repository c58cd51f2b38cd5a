/** The innermost reason of a failed request: fetch says only "fetch failed". */
export function causeOf(error: unknown): string {
  let inner = error
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause
  return inner instanceof Error ? inner.message || inner.name : String(inner)
}

/** The pause that a server asks for (Retry-After: seconds or a date), in milliseconds; null: it asks for none. */
export function askedPauseMs(headers: Pick<Headers, 'get'> | undefined): number | null {
  const asked = headers?.get('retry-after') ?? null
  if (asked === null) return null
  const seconds = /^[\d.]+$/.test(asked.trim()) ? Number(asked) : (Date.parse(asked) - Date.now()) / 1000
  return Number.isFinite(seconds) ? Math.max(0, 1000 * seconds) : null
}
