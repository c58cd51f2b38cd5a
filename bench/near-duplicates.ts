import { generators } from '../main/common/random.ts'
import { resourceFile } from '../main/common/resources.ts'
import { importFile } from '../main/data/import-file.ts'
import { promptsOf } from '../main/data/imported.ts'
import { nearDuplicates } from '../main/evaluation/near-duplicates.ts'

/**
 * `laurel bench near-duplicates [COUNT]`: seconds to search so many prompts (100,000) for near-duplicates. Natural ones: 8 to 60 words, each
 * drawn from those that follow the one before in the seed data; one prompt in ten is an earlier one with two words changed. Alike ones: of the
 * demo's form, whose words all of them share.
 */

const count = Number(process.argv[2] ?? 100_000)
const { uniform } = generators.philox
let draws = 0
const draw = (below: number): number => Math.floor(uniform(1, draws++) * below)

const words = promptsOf(await importFile(resourceFile('seed-data', 'oasst-ranked.jsonl'))).flatMap((prompt) => prompt.split(/\s+/))
const after = new Map<string, string[]>()
for (const [i, word] of words.entries()) after.set(word, [...(after.get(word) ?? []), words[(i + 1) % words.length]])

function newPrompt(): string {
  const prompt = [words[draw(words.length)]]
  for (let left = 7 + draw(53); left > 0; left--) {
    const next = after.get(prompt[prompt.length - 1])!
    prompt.push(draw(5) === 0 ? words[draw(words.length)] : next[draw(next.length)])
  }
  return prompt.join(' ')
}

const natural: string[] = []
while (natural.length < count) {
  if (natural.length === 0 || draw(10) > 0) natural.push(newPrompt())
  else {
    const copy = natural[draw(natural.length)].split(' ')
    for (const _ of [0, 1]) copy[draw(copy.length)] = `word${draw(1000)}`
    natural.push(copy.join(' '))
  }
}
const letter = (): string => String.fromCharCode(97 + draw(26))
const alike = Array.from(
  { length: count },
  () => `Pet: first ${letter()}, last ${letter()}, has ${letter()}, no ${letter()}, ${3 + draw(6)} long`,
)

for (const [name, texts] of Object.entries({ natural, alike })) {
  const [begin, before] = [performance.now(), process.cpuUsage()]
  const found = nearDuplicates(texts)
  const [wall, cpu] = [performance.now() - begin, process.cpuUsage(before).user / 1000].map((ms) => (ms / 1000).toFixed(1))
  process.stdout.write(`${name}: ${texts.length} prompts, ${found.length} near-duplicates, ${wall} s, ${cpu} s of processor\n`)
}
