import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { LaurelError } from '../common/errors.ts'
import { answers, runCommand } from './command.ts'
import { sha256OfFile } from './hash.ts'

/** Python wheels, the form in which TensorFlow's library is distributed. Nothing of Python's is installed or changed. */
export interface Wheel {
  readonly path: string
  readonly file: string
  readonly sha256: string
}

export interface Requirement {
  readonly name: string
  readonly version: string
}

/** A Python with pip. Throws RUNTIME_MISSING where there is none. */
export async function findPython(): Promise<string> {
  for (const python of ['python3', 'python']) {
    if (await answers(python, ['-m', 'pip', '--version'])) return python
  }
  throw new LaurelError(
    'RUNTIME_MISSING',
    'no python3 with pip was found',
    'Install python3 and pip, then run `laurel runtime install cpu`.',
  )
}

/** For CPython 3.11 whatever Python runs: the library is the same in all, and not every version of Python has a wheel. */
const wheelFor = [
  '--no-deps',
  '--only-binary=:all:',
  '--python-version',
  '3.11',
  '--implementation',
  'cp',
  '--abi',
  'cp311',
  '--abi',
  'none',
]

/** Fetch a wheel into the folder, unless it lies there already (pip checks what it fetches; the folder holds complete files only). */
export async function fetchWheel(python: string, { name, version }: Requirement, folder: string): Promise<Wheel> {
  const prefix = `${name.replaceAll('-', '_')}-${version}-`
  const present = () => readdirSync(folder).find((file) => file.startsWith(prefix) && file.endsWith('.whl'))
  mkdirSync(folder, { recursive: true })
  if (!present()) await download(python, `${name}==${version}`, folder)
  const file = present()
  if (!file) throw new Error(`pip fetched no file named ${prefix}*.whl`)
  const path = join(folder, file)
  return { path, file, sha256: await sha256OfFile(path) }
}

const unfinished = 'unfinished-'

/**
 * pip copies the file to its place, which takes a while, so it works aside and the complete file is renamed. Folders that
 * a killed installation left are removed; a pip that outlived it can do no harm, because each has its own.
 */
async function download(python: string, requirement: string, folder: string): Promise<void> {
  for (const name of readdirSync(folder)) if (name.startsWith(unfinished)) rmSync(join(folder, name), { recursive: true, force: true })
  const aside = join(folder, `${unfinished}${process.pid}`)
  mkdirSync(aside)
  try {
    const env = { ...process.env, TMPDIR: aside, TEMP: aside, TMP: aside }
    await runCommand(python, ['-m', 'pip', 'download', '--quiet', ...wheelFor, '--dest', aside, requirement], { env })
    for (const file of readdirSync(aside).filter((name) => name.endsWith('.whl'))) renameSync(join(aside, file), join(folder, file))
  } finally {
    rmSync(aside, { recursive: true, force: true })
  }
}

/** Zip archives over 4 GB and deflate at full speed: Python is here anyway. Arguments: archive, target, prefixes of names. */
const extractor = `
import shutil, sys, os, zipfile
archive, target, *prefixes = sys.argv[1:]
with zipfile.ZipFile(archive) as wheel:
    for name in wheel.namelist():
        if name.startswith(tuple(prefixes)) and not name.endswith('/'):
            wheel.extract(name, target)
`

/** Unpack the files of a wheel whose names begin with one of the prefixes, with their folders. */
export async function extract(python: string, wheel: Wheel, target: string, prefixes: readonly string[]): Promise<void> {
  await runCommand(python, ['-c', extractor, wheel.path, target, ...prefixes])
}

/** What the wheel requires for one of its extras, from its own metadata: `Requires-Dist: NAME ==VERSION ; extra == 'EXTRA'`. */
export async function extraRequirements(python: string, wheel: Wheel, extra: string): Promise<Requirement[]> {
  const program =
    'import sys, zipfile; w = zipfile.ZipFile(sys.argv[1]); print(w.read(next(n for n in w.namelist() if n.endswith(".dist-info/METADATA"))).decode())'
  const metadata = await runCommand(python, ['-c', program, wheel.path])
  const lines = metadata.matchAll(/^Requires-Dist: ([\w-]+) *\(?==([\w.]+)\)? *;.*extra == ['"]([\w-]+)['"]/gm)
  return [...lines].filter(([, , , of]) => of === extra).map(([, name, version]) => ({ name, version }))
}

/** Remove the wheels: once a pack is made of them they only take space. */
export function discardWheels(wheels: readonly Wheel[]): void {
  for (const { path } of wheels) if (existsSync(path)) rmSync(path)
}
