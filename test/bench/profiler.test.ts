import { expect, test } from 'vitest'
import { allOperations, profileText } from '../../bench/harness/profile-report.ts'
import { profiler } from '../../bench/harness/profiler.ts'
import { onStage, stage } from '../../main/engine/backends/profiler.ts'

/** A profiler whose clock only advances when a test says so. */
function underClock() {
  let time = 0
  const profile = profiler(() => time)
  const pass = (milliseconds: number): void => {
    time += milliseconds
  }
  const operation = (name: string, milliseconds: number): void =>
    profile.count(
      () => name,
      () => pass(milliseconds),
    )
  return { profile, operation, pass }
}

test('a stage lasts until the next one starts', () => {
  const { profile, pass } = underClock()
  profile.enter('forward')
  pass(300)
  profile.enter('backward')
  pass(500)
  profile.enter('forward')
  pass(200)
  const { stages } = profile.section()
  expect([stages.get('forward'), stages.get('backward')]).toEqual([0.5, 0.5])
})

test('an operation is counted by name in the stage it runs in', () => {
  const { profile, operation } = underClock()
  profile.enter('forward')
  operation('MatMul', 10)
  operation('MatMul', 30)
  operation('Cast', 5)
  profile.enter('backward')
  operation('MatMul', 20)
  const { operations } = profile.section()
  expect(operations.get('forward')?.get('MatMul')).toEqual({ calls: 2, seconds: 0.04 })
  expect(operations.get('forward')?.get('Cast')?.calls).toBe(1)
  expect(allOperations(operations).get('MatMul')?.calls).toBe(3)
  expect(allOperations(operations).get('MatMul')?.seconds).toBeCloseTo(0.06, 12)
})

test('the error of a failing operation is rethrown', () => {
  const { profile } = underClock()
  expect(() =>
    profile.count(
      () => 'Broken',
      () => {
        throw new Error('no such operation')
      },
    ),
  ).toThrow('no such operation')
})

test('a new section starts from zero, and the stage continues', () => {
  const { profile, operation, pass } = underClock()
  profile.enter('decode')
  operation('MatMul', 100)
  profile.section()
  pass(50)
  const { stages, operations } = profile.section()
  expect(stages.get('decode')).toBe(0.05)
  expect(operations.size).toBe(0)
})

test('the report lists stages and operations by cost, and the time outside operations', () => {
  const { profile, operation, pass } = underClock()
  profile.enter('decode')
  operation('Cast', 100)
  operation('MatMul', 600)
  pass(300)
  const text = profileText(profile.section())
  expect(text).toContain('| decode | 1.000 | 100.0 % | 0.700 | 0.300 |')
  expect(text.indexOf('| MatMul | 1 | 0.600 | 60.0 % |')).toBeGreaterThan(0)
  expect(text.indexOf('| MatMul')).toBeLessThan(text.indexOf('| Cast'))
})

test('the engine reports its stages to a listener while there is one', () => {
  const heard: string[] = []
  stage('forward')
  onStage((name) => heard.push(name))
  stage('backward')
  onStage(null)
  stage('forward')
  expect(heard).toEqual(['backward'])
})
