import { describe, expect, it } from 'vitest'
import { promptSet } from '../../main/demo/demo-seed-data.ts'
import { demonstrate } from '../../main/demo/demonstration.ts'
import {
  alphabets,
  drawsOf,
  drawTask,
  drawTaskFor,
  isSatisfiable,
  parsePrompt,
  promptOf,
  type Task,
  useOf,
} from '../../main/demo/grammar.ts'
import { trueScore, verdicts } from '../../main/demo/true-accuracy.ts'

const toolems: Task = { family: 'Pet', first: 't', last: 's', has: 'oo', no: 'i', length: 7 }

const tasks = (count: number, seed = 7): Task[] => {
  const draws = drawsOf(seed)
  return Array.from({ length: count }, () => drawTask(draws))
}

describe('the grammar of prompts', () => {
  it('writes a task as a prompt and reads it back', () => {
    expect(promptOf(toolems)).toBe('Pet: first t, last s, has oo, no i, 7 long')
    for (const task of tasks(500)) expect(parsePrompt(promptOf(task))).toEqual(task)
  })

  it("rejects text that isn't a prompt", () => {
    for (const text of [
      '',
      'Pet',
      'Dog: first t, last s, has oo, no i, 7 long',
      'Pet: first t, last s, has ol, no i, 7 long',
      'Pet: first t, last s, has oo, no i, 9 long',
      'Lock: first t, last 1, has 2, no 3, 5 long',
      'Pet: first t, last s, has oo, no i, 7 long ',
    ]) {
      expect(parsePrompt(text), text).toBeNull()
    }
  })

  it('draws only satisfiable tasks, from the family’s alphabet', () => {
    for (const task of tasks(1000)) {
      expect(isSatisfiable(task)).toBe(true)
      for (const symbol of task.first + task.last + task.has + task.no) expect(alphabets[task.family]).toContain(symbol)
    }
    expect(isSatisfiable({ ...toolems, no: 'o' })).toBe(false)
  })

  it('draws all lengths and families about equally often, and doubles a third of the required symbols', () => {
    const drawn = tasks(4000)
    const share = (test: (task: Task) => boolean) => drawn.filter(test).length / drawn.length
    for (const length of [4, 5, 6, 7]) expect(share((t) => t.length === length)).toBeCloseTo(0.25, 1)
    for (const family of ['Pet', 'Robot', 'Lock']) expect(share((t) => t.family === family)).toBeCloseTo(1 / 3, 1)
    expect(Math.abs(share((t) => t.has.length === 2) - 0.35)).toBeLessThan(0.03)
  })
})

describe('the program that grades answers', () => {
  it('counts the requirements met', () => {
    expect(verdicts(toolems, 'toolems')).toEqual([true, true, true, true, true])
    expect(verdicts(toolems, 'totknia')).toEqual([true, false, false, false, true])
    expect(trueScore({ family: 'Robot', first: '4', last: '9', has: '5', no: 'T', length: 6 }, '48X489B')).toBe(2)
    expect(trueScore({ family: 'Lock', first: '5', last: '6', has: '44', no: '8', length: 4 }, '56448')).toBe(2)
  })

  it('gives an empty answer no points', () => expect(trueScore(toolems, '')).toBe(0))

  it('requires a doubled symbol to be adjacent', () => {
    expect(verdicts(toolems, 'tolomes')[2]).toBe(false)
  })
})

describe('demonstrations', () => {
  const scores = (slip: number): number[] => {
    const draws = drawsOf(11)
    return tasks(1500).map((task) => trueScore(task, demonstrate(task, slip, draws)))
  }

  it('are correct without slips', () => expect(scores(0).every((score) => score === 5)).toBe(true))

  it('meet all five requirements in about two of five cases at the slip rate of pre-training', () => {
    const right = scores(0.17).filter((score) => score === 5).length / 1500
    expect(right).toBeGreaterThan(0.34)
    expect(right).toBeLessThan(0.46)
  })

  it('break each requirement often enough for a judge to learn it', () => {
    const draws = drawsOf(12)
    const broken = [0, 0, 0, 0, 0]
    for (const task of tasks(1000)) {
      verdicts(task, demonstrate(task, 0.5, draws)).forEach((ok, i) => {
        if (!ok) broken[i]++
      })
    }
    for (const count of broken) expect(count).toBeGreaterThan(300)
  })

  it('are never longer than the maximum answer length', () => {
    const draws = drawsOf(13)
    for (const task of tasks(1000)) expect(demonstrate(task, 0.6, draws).length).toBeLessThanOrEqual(9)
  })
})

describe('prompt sets', () => {
  it('have distinct prompts, the same for the same seed and different for another', () => {
    const set = promptSet('test', 600, 0)
    expect(new Set(set).size).toBe(600)
    expect(promptSet('test', 600, 0)).toEqual(set)
    const other = promptSet('test', 600, 1)
    expect(other.filter((prompt) => set.includes(prompt)).length).toBeLessThan(60)
  })

  it('never share prompts between uses, whatever the seeds', () => {
    const test = new Set([0, 1, 2].flatMap((seed) => promptSet('test', 300, seed)))
    const draws = drawsOf(5)
    for (let i = 0; i < 3000; i++) expect(test.has(promptOf(drawTaskFor('training', draws)))).toBe(false)
    for (const prompt of promptSet('tuning', 300, 0)) {
      expect(useOf(prompt)).toBe('tuning')
      expect(test.has(prompt)).toBe(false)
    }
  })
})
