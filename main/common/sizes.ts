/** A byte count in a readable unit: 740 bytes, 12 kB, 340 MB, 2.1 GB. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} bytes`
  if (bytes < 1e6) return `${Math.round(bytes / 1e3)} kB`
  if (bytes < 1e9) return `${Math.round(bytes / 1e6)} MB`
  return `${gigabytesText(bytes)} GB`
}

/** Gigabytes with one decimal, as text and as a number. */
export const gigabytesText = (bytes: number): string => (bytes / 1e9).toFixed(1)
export const gigabytes = (bytes: number): number => Math.round(bytes / 1e8) / 10
