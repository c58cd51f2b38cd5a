import { afterEach, beforeEach } from 'vitest'
import type { Store } from '../../main/store/store.ts'
import { openTinyStore, tinyHome } from './tiny-run.ts'

/** Gives each test a tiny home of its own, with its store open. `set` puts them where the tests find them. */
export function withTinyStore(set: (tiny: { readonly home: string; readonly store: Store }) => void): void {
  let end: () => void
  beforeEach(() => {
    const { home, remove } = tinyHome()
    const store = openTinyStore(home)
    end = () => {
      store.close()
      remove()
    }
    set({ home, store })
  })
  afterEach(() => end())
}
