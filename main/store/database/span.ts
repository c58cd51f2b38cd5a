/** The prompts of an iteration at positions from `from` to before `to`: what is read of an iteration at a time, since all of it may not fit in memory. */
export interface Span {
  readonly from: number
  readonly to: number
}

export const everything: Span = { from: 0, to: Number.MAX_SAFE_INTEGER }

/** SQL: prompt p is in the span @from to @to of an iteration. */
export const inSpan = 'p.run_id = @runId AND p.iteration = @iteration AND p.position >= @from AND p.position < @to'
