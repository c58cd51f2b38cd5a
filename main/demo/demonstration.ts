import { alphabets, type Draws, petVowels, type Task, without } from './grammar.ts'

const alternation = 0.8 // Pets are mostly pronounceable: how often vowels and consonants alternate
const halfDoubled = 0.5 // of the slips on a doubled symbol: only one of the two appears
const lengthSlips = [-1, -1, 1, 1, -2, 2] // mostly off by one

/**
 * An answer to a task. Each requirement is deliberately broken with probability `slip`, independently. The others are met unless a slip
 * makes that impossible (no room left for the required symbol). Use the checker for the actual result.
 */
export function demonstrate(task: Task, slip: number, draws: Draws): string {
  const [slipFirst, slipLast, slipHas, slipNo, slipLength] = Array.from({ length: 5 }, () => draws.chance(slip))
  const alphabet = alphabets[task.family]
  const first = slipFirst ? draws.pick(without(alphabet, task.first + task.no)) : task.first
  const last = slipLast ? draws.pick(without(alphabet, task.last + task.no)) : task.last
  const length = task.length + (slipLength ? draws.pick(lengthSlips) : 0)
  const unwanted = task.no + (slipHas ? task.has : '')
  const inner = drawInner(task, first, length - 2, unwanted, draws)
  const required = slipHas ? (task.has.length === 2 && draws.chance(halfDoubled) ? task.has[0] : '') : task.has
  place(inner, required, draws)
  if (slipNo) placeBeside(inner, task.no, required, draws)
  return first + inner.join('') + last
}

function drawInner(task: Task, first: string, count: number, unwanted: string, draws: Draws): string[] {
  const alphabet = without(alphabets[task.family], unwanted)
  if (task.family !== 'Pet') return Array.from({ length: count }, () => draws.pick(alphabet))
  const vowels = without(petVowels, unwanted)
  const consonants = without(alphabet, petVowels)
  const inner: string[] = []
  for (let i = 0, before = first; i < count; i++) {
    const alternative = petVowels.includes(before) ? consonants : vowels
    before = draws.pick(draws.chance(alternation) ? alternative : alphabet + vowels) // vowels count double
    inner.push(before)
  }
  return inner
}

/** Overwrites a random stretch of the inner symbols with the required ones, if they fit. */
function place(inner: string[], required: string, draws: Draws): void {
  if (required === '' || required.length > inner.length) return
  inner.splice(draws.below(inner.length - required.length + 1), required.length, ...required)
}

/** Puts the forbidden symbol at a random inner position, keeping the required symbols intact if possible. */
function placeBeside(inner: string[], forbidden: string, required: string, draws: Draws): void {
  if (inner.length === 0) return
  const places = inner.map((_, i) => i)
  const free = places.filter((i) => required === '' || inner[i] !== required[0])
  inner[draws.pick(free.length > 0 ? free : places)] = forbidden
}
