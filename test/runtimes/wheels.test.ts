import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answers, runCommand } from '../../main/runtimes/command.ts'
import { sha256OfFile } from '../../main/runtimes/pack-files.ts'
import { cudaLibraries } from '../../main/runtimes/pack-from-wheels.ts'
import { extract, extraRequirements, type Wheel } from '../../main/runtimes/wheels.ts'
import { type Need, needing, posix } from '../support/needs.ts'

const python: Need = { isMet: await answers('python3', ['--version']), reason: 'no Python' }

const metadata = `Name: sample
Requires-Dist: plain >=1.0
Requires-Dist: first-part ==12.5.3.2 ; extra == 'and-cuda'
Requires-Dist: second-part (==9.3.0.75) ; extra == "and-cuda"
Requires-Dist: other ==1.0 ; extra == 'docs'
`

/** Written by Python, as wheels are. Arguments: archive, metadata. */
const writer = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as wheel:
    wheel.writestr('sample/lib.so', 'library')
    wheel.writestr('sample/other.py', 'print()')
    wheel.writestr('sample/include/c/api.h', 'header')
    wheel.writestr('sample-1.0.dist-info/METADATA', sys.argv[2])
    for name, mode in [('ptxas', 0o100755), ('owned', 0o104777), ('plain', 0o100644), ('modeless', 0)]:
        info = zipfile.ZipInfo('nvidia/bin/' + name)
        info.external_attr = mode << 16
        wheel.writestr(info, 'program')
`

needing(python).describe('a wheel', () => {
  const folder = mkdtempSync(join(tmpdir(), 'laurel-wheel-'))
  const wheel: Wheel = { path: join(folder, 'sample.whl'), file: 'sample.whl', sha256: '' }
  beforeAll(async () => void (await runCommand('python3', ['-c', writer, wheel.path, metadata])))
  afterAll(() => rmSync(folder, { recursive: true }))

  test('extracts the requested files and no others', async () => {
    await extract('python3', wheel, join(folder, 'out'), ['sample/lib', 'sample/include/'])
    expect(readFileSync(join(folder, 'out/sample/lib.so'), 'utf8')).toBe('library')
    expect(readFileSync(join(folder, 'out/sample/include/c/api.h'), 'utf8')).toBe('header')
    expect(() => readFileSync(join(folder, 'out/sample/other.py'))).toThrow('ENOENT')
  })

  needing(posix).test('leaves programs executable, and takes no other permission from the archive', async () => {
    await extract('python3', wheel, join(folder, 'programs'), ['nvidia/'])
    const modeOf = (name: string) => statSync(join(folder, 'programs/nvidia/bin', name)).mode & 0o7777
    const readable = modeOf('plain')
    expect(readable & 0o111).toBe(0)
    expect(modeOf('modeless')).toBe(readable)
    for (const program of ['ptxas', 'owned']) expect(modeOf(program)).toBe(readable | ((readable & 0o444) >> 2))
  })

  test('lists the requirements of an extra', async () => {
    expect(await extraRequirements('python3', wheel, 'and-cuda')).toEqual([
      { name: 'first-part', version: '12.5.3.2' },
      { name: 'second-part', version: '9.3.0.75' },
    ])
  })
})

test('a failing program is reported by its error line', async () => {
  const program = "console.error('starting'); console.error('Error: the disk is upside down'); console.error('bye'); process.exit(3)"
  await expect(runCommand(process.execPath, ['-e', program])).rejects.toThrow('Error: the disk is upside down')
  await expect(runCommand('no-such-program', [])).rejects.toThrow('no-such-program')
})

test('the hash of a file is its SHA-256', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'laurel-hash-')), 'abc')
  writeFileSync(path, 'abc') // the first test vector of FIPS 180
  expect(await sha256OfFile(path)).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})

test('a cuda pack leaves out the library that TensorFlow contains already', () => {
  const required = ['nvidia-cublas-cu12', 'nvidia-nccl-cu12', 'nvidia-cuda-nvcc-cu12'].map((name) => ({ name, version: '12' }))
  expect(cudaLibraries(required).map(({ name }) => name)).toEqual(['nvidia-cublas-cu12', 'nvidia-cuda-nvcc-cu12'])
})
