/** What a user has typed and not saved. Kept in the browser, so that it survives a reload or a crash. */

/** A draft as it was kept; null: there is none, or one that Laurel didn't write. */
export function localDraft(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null')
  } catch {
    return null
  }
}

/** Keeps a draft. Null: removes it. */
export function keepLocalDraft(key: string, value: unknown): void {
  try {
    if (value === null) localStorage.removeItem(key)
    else localStorage.setItem(key, JSON.stringify(value))
  } catch {
    // no local storage: the draft lasts only until the page closes
  }
}
