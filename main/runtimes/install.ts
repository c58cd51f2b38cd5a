import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { homePaths } from '../common/home.ts'
import {
  gpuBuildFor,
  hasGpuBuild,
  type Machine,
  nvidiaGpus,
  nvidiaName,
  tensorflowAudience,
  tensorflowServes,
} from '../common/nvidia-gpus.ts'
import { replaceFile } from '../common/replace-file.ts'
import { writeFolderSlowly } from '../common/write-folder.ts'
import type { RuntimeKind } from '../shared/enums.ts'
import { isStopped, LaurelError, stopped, toErrorValue } from '../shared/errors.ts'
import { cancellable, checkFreeSpace } from './command.ts'
import { withLock } from './install-lock.ts'
import { hasOldKernels } from './kernel-sources.ts'
import { failurePath } from './list.ts'
import { type FailedInstall, type Manifest, manifestName, readManifest } from './manifest.ts'
import { describeFiles, type PackContents, type PackOrder, type Report } from './pack-files.ts'
import { packFromPack } from './pack-from-pack.ts'
import { packFromPackage } from './pack-from-package.ts'
import { packFromWheels } from './pack-from-wheels.ts'
import { selfTest } from './pack-self-test.ts'

type PackMaker = (order: PackOrder) => Promise<PackContents>

/** In order of preference. */
const waysToInstall: readonly PackMaker[] = [packFromWheels, packFromPackage]
/** The npm package is not an option: its older library would be worse than the installed pack. */
const waysToRenewKernels: readonly PackMaker[] = [packFromPack, packFromWheels]

/**
 * Install a runtime pack into the data folder, built from Python wheels or, if that fails (no pip, no compiler, no network), from the npm
 * package's own download. If a pack exists and only Laurel's kernels have changed, just its binding is recompiled. A pack is tested in a
 * separate process before it gets its name; the previous one stays in use until then. Throws RUNTIME_MISSING with the reasons, which are
 * also stored for `lastFailure`, UNSUPPORTED if nothing on this machine could use the pack, or STOPPED if the signal is aborted: then nothing
 * of the new pack stays.
 */
export async function installRuntime(
  home: string,
  kind: RuntimeKind,
  report: Report,
  signal: AbortSignal = new AbortController().signal,
  machine: Machine = process,
): Promise<Manifest> {
  try {
    if (kind === 'cuda') await checkGpus(machine, report)
    return await cancellable(signal, () => install(home, kind, report, signal))
  } catch (error) {
    throw signal.aborted ? stopped() : error
  }
}

async function install(home: string, kind: RuntimeKind, report: Report, signal: AbortSignal): Promise<Manifest> {
  const { runtimes } = homePaths(home)
  const folder = join(runtimes, kind)
  const began = Date.now()
  mkdirSync(runtimes, { recursive: true })
  return withLock(
    join(runtimes, '.lock'),
    () => report('waiting for another installation to finish'),
    async () => {
      const present = readManifest(folder)
      if (typeof present !== 'string' && Date.parse(present.created) > began) return present // another process installed it
      try {
        const ways = typeof present !== 'string' && hasOldKernels(present) ? waysToRenewKernels : waysToInstall
        await createPack({ home, kind, folder, report }, ways)
      } catch (error) {
        if (!signal.aborted) remember(home, kind, error)
        throw error
      }
      rmSync(failurePath(home, kind), { force: true })
      return readManifest(folder) as Manifest
    },
    { signal },
  )
}

/**
 * Reports which GPUs the pack is for. Throws UNSUPPORTED if the machine can't run it or it would be for none of them, before anything is
 * downloaded.
 */
async function checkGpus(machine: Machine, report: Report): Promise<void> {
  const gpus = await nvidiaGpus()
  report(tensorflowAudience(gpus, machine))
  if (gpus.length === 0 ? hasGpuBuild(machine) : gpus.some((gpu) => tensorflowServes(gpu, machine))) return
  const where = gpus.length === 0 ? 'this machine' : `the ${gpus.map(nvidiaName).join(' and the ')}`
  throw new LaurelError(
    'UNSUPPORTED',
    `TensorFlow's GPU library doesn't run on ${where}: it is built for ${gpuBuildFor(machine)}`,
    'Use WebGPU instead. Run `laurel runtime install cpu`; Laurel then measures both and uses the faster one. `laurel doctor` shows the choice.',
  )
}

/** Build the pack in the first way that works and move it into place. */
async function createPack(order: PackOrder, ways: readonly PackMaker[]): Promise<void> {
  const failures: unknown[] = []
  for (const make of ways) {
    try {
      if (make !== packFromPack) checkFreeSpace(order.home, order.kind)
      // Running engines keep the replaced files open, so they aren't affected.
      await writeFolderSlowly(order.folder, {
        bytes: 0, // checked above, downloads included
        mayReplace: () => true,
        fill: (temporary) => fillPack({ ...order, folder: temporary }, make),
      })
      return
    } catch (error) {
      if (isStopped(error)) throw error
      failures.push(error)
    }
  }
  const message = `couldn't install a native runtime: ${failures.map(reasonOf).join('; ')}`
  throw new LaurelError('RUNTIME_MISSING', message, retryRemedy(order.kind), { cause: failures[0] })
}

/** What to do about a failed installation. Only on Linux is a pack built from wheels, with Python and a compiler. */
export const retryRemedy = (kind: RuntimeKind, platform: NodeJS.Platform = process.platform): string =>
  platform === 'linux'
    ? `Install python3 with pip and a C++ compiler (Debian, Ubuntu: apt install python3-pip g++), then run \`laurel runtime install ${kind}\`.`
    : `Check the connection, then run \`laurel runtime install ${kind}\`. Without a native runtime, Laurel computes with WebGPU or WebAssembly.`

async function fillPack(order: PackOrder, make: PackMaker): Promise<void> {
  const { kind, folder, report } = order
  const contents = await make(order)
  report('testing the library')
  const { version } = await selfTest(dirname(join(folder, contents.binding)))
  const files = await describeFiles(folder)
  const binding = files.find(({ path }) => path === contents.binding)!
  const manifest: Manifest = {
    ...{ name: kind, kind, tensorflow: version, ...contents },
    binding_sha256: binding.sha256,
    created: new Date().toISOString(),
    files,
  }
  writeFileSync(join(folder, manifestName), `${JSON.stringify(manifest, null, 2)}\n`)
}

const reasonOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown)).split('\n')[0]

function remember(home: string, kind: RuntimeKind, thrown: unknown): void {
  const { code, message } = toErrorValue(thrown)
  const failure: FailedInstall = { kind, at: new Date().toISOString(), code, reason: message.split('\n')[0] }
  replaceFile(failurePath(home, kind), `${JSON.stringify(failure)}\n`)
}
