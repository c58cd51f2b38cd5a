/** For loops that are written out in a shader. */
export const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

/** `a_term(batch, line, k)`: term k of a line, which is a row of the left or a column of the right factor; 0 outside. */
export const termFunction = (name: 'a' | 'b', limit: 'M' | 'N', along: boolean): string => `
fn ${name}_term(batch: u32, line: u32, k: u32) -> f32 {
  if (line >= numbers.${limit} || k >= numbers.K) { return 0.0; }
  return ${name}_at((batch * numbers.${along ? limit : 'K'} + ${along ? 'line' : 'k'}) * numbers.${along ? 'K' : limit} + ${along ? 'k' : 'line'});
}`
