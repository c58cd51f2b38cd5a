/** View settings kept in the browser's local storage; the default if there is none. */
export function readFlag(name: string, byDefault: boolean): boolean {
  try {
    const kept = localStorage.getItem(`laurel.review.${name}`)
    return kept === null ? byDefault : kept === 'true'
  } catch {
    return byDefault
  }
}

export function writeFlag(name: string, value: boolean): boolean {
  try {
    localStorage.setItem(`laurel.review.${name}`, String(value))
  } catch {
    // no local storage: it lasts until the page closes
  }
  return value
}
