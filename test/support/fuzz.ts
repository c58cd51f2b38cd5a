/**
 * How long fuzzers search. `npm test` runs the short form; `LAUREL_FUZZ_RUNS=20000 npm test -- test/fuzz` a long one, and
 * `LAUREL_FUZZ_SEED` another search. A failure prints its seed and path, which repeat it.
 */
const wanted = Number(process.env.LAUREL_FUZZ_RUNS ?? 0)

/** Options of fast-check's `assert`: `short` runs where nothing else is asked for. */
export const fuzz = (short: number): { readonly numRuns: number; readonly seed: number } => ({
  numRuns: wanted > 0 ? wanted : short,
  seed: Number(process.env.LAUREL_FUZZ_SEED ?? 9),
})

/** How long a test may take, milliseconds: a long search takes its time, and a run that hangs is still ended. */
export const fuzzTimeout = 60_000 + 50 * wanted
