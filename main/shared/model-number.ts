/** The number t of a run's model M_t, from its name; null: another name (the SFT baseline, a checkpoint). */
export function modelNumber(name: string): number | null {
  const [, number] = /^M(\d+)$/.exec(name) ?? []
  return number === undefined ? null : Number(number)
}
