import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { interruptible } from '../../main/common/interruptible.ts'

test('work gives its value or its error', async () => {
  const { orInterrupted } = interruptible()
  expect(await orInterrupted(Promise.resolve(7))).toBe(7)
  await expect(orInterrupted(Promise.reject(new Error('wrong')))).rejects.toThrow('wrong')
})

test('an interruption ends what waits and what waits later, with the first error', async () => {
  const { interrupt, orInterrupted } = interruptible()
  const endless = [1, 2].map(() => orInterrupted(new Promise(() => {})))
  interrupt(new Error('first'))
  interrupt(new Error('second'))
  for (const one of [...endless, orInterrupted(new Promise(() => {})), orInterrupted(Promise.reject(new Error('its own')))]) {
    await expect(one).rejects.toThrow('first')
  }
})

test('nothing keeps a value once its owner has dropped it', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const { orInterrupted } = interruptible()
  const values: WeakRef<object>[] = []
  for (let i = 0; i < 20; i++) values.push(new WeakRef(await orInterrupted(Promise.resolve({ i }))))
  await new Promise(setImmediate) // a WeakRef keeps its value until the turn ends
  collect()
  expect(values.filter((value) => value.deref() !== undefined).length).toBeLessThan(3)
})
