import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { runCommand } from '../../../main/runtimes/command.ts'
import { nativeLibrary, needing } from '../../support/needs.ts'

const digest = (threads: number): Promise<string> =>
  runCommand(process.execPath, [fileURLToPath(new URL('digest.ts', import.meta.url)), String(threads)])

needing(nativeLibrary).test('kernels give bitwise the same results on any number of threads', async () => {
  const one = await digest(1)
  expect(one).toMatch(/^[0-9a-f]{64}$/)
  expect(await digest(2)).toBe(one)
  expect(await digest(5)).toBe(one)
})
