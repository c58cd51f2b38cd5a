/** Small choices about the page that outlive it, by name. Where the browser keeps nothing they are as by default. */
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
    // it holds for this page
  }
  return value
}
