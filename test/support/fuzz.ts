/**
 * How long fuzz tests run. `npm test` runs the short form, `LAUREL_FUZZ_RUNS=20000 npm test -- test/fuzz` a long one, and
 * `LAUREL_FUZZ_SEED` changes the seed. A failure prints the seed and path that reproduce it.
 */
const wanted = Number(process.env.LAUREL_FUZZ_RUNS ?? 0)

/** Options for fast-check's `assert`, with `short` runs by default. */
export const fuzz = (short: number): { readonly numRuns: number; readonly seed: number } => ({
  numRuns: wanted > 0 ? wanted : short,
  seed: Number(process.env.LAUREL_FUZZ_SEED ?? 9),
})

/** A test's timeout, milliseconds: long enough for a long search, but a hanging one is still ended. */
export const fuzzTimeout = 60_000 + 50 * wanted
