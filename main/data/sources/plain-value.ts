/**
 * A value of a typed table as JSON has it, without the nulls of objects: there, as in any table, a null is a missing field. Integers become
 * numbers (texts beyond 2^53) and times ISO 8601 texts.
 */
export function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.toISOString()
  if (Array.isArray(value)) return value.map((entry) => plainValue(entry) ?? null)
  if (value instanceof Uint8Array) return value // bytes, for example of an image
  if (ArrayBuffer.isView(value)) return Array.from(value as Int32Array | BigInt64Array | Float64Array, plainValue)
  if (typeof value !== 'object' || value === null) return value
  const present = Object.entries(value).filter(([, entry]) => entry !== null && entry !== undefined)
  return Object.fromEntries(present.map(([name, entry]) => [name, plainValue(entry)]))
}
