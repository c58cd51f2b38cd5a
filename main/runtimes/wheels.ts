import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { LaurelError } from '../shared/errors.ts'
import { answers, runCommand } from './command.ts'
import { sha256OfFile } from './pack-files.ts'

/** A Python wheel, the format TensorFlow's library is distributed in. Nothing is installed into Python. */
export interface Wheel {
  readonly path: string
  readonly file: string
  readonly sha256: string
}

export interface Requirement {
  readonly name: string
  readonly version: string
}

/** A Python with pip. Throws RUNTIME_MISSING if there is none. */
export async function findPython(): Promise<string> {
  for (const python of ['python3', 'python']) {
    if (await answers(python, ['-m', 'pip', '--version'])) return python
  }
  throw new LaurelError('RUNTIME_MISSING', "couldn't find python3 with pip", 'Install python3 and pip, then install the pack again.')
}

/** Always the CPython 3.11 wheels: the library is the same in all of them, and not every Python version has one. */
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

/** Download a wheel into the folder unless it is already there. pip verifies downloads, and the folder only holds complete files. */
export async function fetchWheel(python: string, { name, version }: Requirement, folder: string): Promise<Wheel> {
  const prefix = `${name.replaceAll('-', '_')}-${version}-`
  const present = () => readdirSync(folder).find((file) => file.startsWith(prefix) && file.endsWith('.whl'))
  mkdirSync(folder, { recursive: true })
  if (!present()) await download(python, `${name}==${version}`, folder)
  const file = present()
  if (!file) throw new Error(`pip downloaded no file named ${prefix}*.whl`)
  const path = join(folder, file)
  return { path, file, sha256: await sha256OfFile(path) }
}

const unfinished = 'unfinished-'

/**
 * pip copies the file slowly, so download into a temporary folder and rename the complete file. Folders left by a killed installation are
 * removed. A pip that outlived one does no harm, because each has its own folder.
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

/**
 * Python handles zip archives over 4 GB and inflates at full speed, and it is available anyway. But it ignores file modes, and TensorFlow
 * runs CUDA's `ptxas`: a user who may read a program in the archive may run it here. Other bits (setuid, write permission) are never taken
 * from an archive. Arguments: archive, target, name prefixes.
 */
const extractor = `
import os, sys, zipfile
archive, target, *prefixes = sys.argv[1:]
with zipfile.ZipFile(archive) as wheel:
    for info in wheel.infolist():
        if info.filename.startswith(tuple(prefixes)) and not info.is_dir():
            path = wheel.extract(info, target)
            mode = os.stat(path).st_mode & 0o777
            may_run = (mode & 0o444) >> 2
            os.chmod(path, mode | (info.external_attr >> 16 & may_run))
`

/** Unpack a wheel's files whose names start with one of the prefixes, keeping their folders. */
export async function extract(python: string, wheel: Wheel, target: string, prefixes: readonly string[]): Promise<void> {
  await runCommand(python, ['-c', extractor, wheel.path, target, ...prefixes])
}

/** Requirements of one of the wheel's extras, from its metadata: `Requires-Dist: NAME ==VERSION ; extra == 'EXTRA'`. */
export async function extraRequirements(python: string, wheel: Wheel, extra: string): Promise<Requirement[]> {
  const program =
    'import sys, zipfile; w = zipfile.ZipFile(sys.argv[1]); print(w.read(next(n for n in w.namelist() if n.endswith(".dist-info/METADATA"))).decode())'
  const metadata = await runCommand(python, ['-c', program, wheel.path])
  const lines = metadata.matchAll(/^Requires-Dist: ([\w-]+) *\(?==([\w.]+)\)? *;.*extra == ['"]([\w-]+)['"]/gm)
  return [...lines].filter(([, , , of]) => of === extra).map(([, name, version]) => ({ name, version }))
}

/** Remove the wheels once a pack has been built from them. */
export function discardWheels(wheels: readonly Wheel[]): void {
  for (const { path } of wheels) if (existsSync(path)) rmSync(path)
}
