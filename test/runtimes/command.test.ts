import { expect, test } from 'vitest'
import { cancellable, runCommand } from '../../main/runtimes/command.ts'

const node = (program: string): Promise<string> => runCommand(process.execPath, ['-e', program])

test('a program’s output is returned, or the line of its complaints that tells why it failed', async () => {
  expect(await node('console.log(1)')).toBe('1\n')
  await expect(node('console.error("note\\nerror: no header\\nbye"); process.exit(1)')).rejects.toThrow('error: no header')
})

test('canceled work ends its program, and starts no other', async () => {
  const abort = new AbortController()
  const work = cancellable(abort.signal, async () => {
    const endless = node('setInterval(() => {}, 1000)')
    abort.abort()
    await expect(endless).rejects.toMatchObject({ code: 'STOPPED' })
    await node('console.log(1)')
  })
  await expect(work).rejects.toMatchObject({ code: 'STOPPED' })
  expect(await node('console.log(2)')).toBe('2\n')
})
