import type { Log } from '../../common/log.ts'
import { nvidiaGpus, tensorflowAudience } from '../../common/nvidia-gpus.ts'
import { findRuntime } from '../../runtimes/find.ts'
import { installRuntime } from '../../runtimes/install.ts'
import { lastFailure, listRuntimes } from '../../runtimes/list.ts'
import type { Installation, RuntimePack, Runtimes } from '../../shared/contract/doctor-contract.ts'
import { type RuntimeKind, runtimeKind } from '../../shared/enums.ts'
import { LaurelError, toErrorValue } from '../../shared/errors.ts'

interface RuntimeInstallerOptions {
  readonly home: string
  readonly log: Log
  /** The installer; tests replace it. */
  readonly install?: typeof installRuntime
}

/**
 * Runtime packs and the installation in progress. An interrupted installation, even by a power cut, leaves nothing that counts as a pack.
 */
export function runtimeInstaller({ home, log, install = installRuntime }: RuntimeInstallerOptions) {
  let current: Installation | null = null
  let cancelling = new AbortController()

  const change = (changes: Partial<Installation>): void => {
    if (current !== null) current = { ...current, ...changes }
  }

  const report = (text: string): void => {
    log.write('info', 'runtime', text)
    change({ steps: [...(current?.steps ?? []), { at: new Date().toISOString(), text }] })
  }

  async function work(kind: RuntimeKind): Promise<void> {
    try {
      const { tensorflow } = await install(home, kind, report, cancelling.signal)
      report(`installed: TensorFlow ${tensorflow}`)
      change({ status: 'done' })
    } catch (thrown) {
      if (cancelling.signal.aborted) {
        log.write('info', 'runtime', `the installation of the ${kind} runtime was canceled`)
        change({ status: 'canceled' })
        return
      }
      const { message, remedy } = toErrorValue(thrown)
      log.write('error', 'runtime', `couldn't install the ${kind} runtime: ${message}`)
      change({ status: 'failed', error: `${message}\n${remedy}` })
    }
  }

  return {
    async state(): Promise<Runtimes> {
      const used = findRuntime(home)?.name
      return {
        packs: listRuntimes(home).map(({ name, root, bytes, state }): RuntimePack => {
          const common = { name, folder: root, isUsed: name === used, bytes }
          if (typeof state === 'string') {
            return { ...common, damage: state, tensorflow: null, source: null, created: null, hasKernels: false }
          }
          const { tensorflow, source, created, kernels } = state
          return { ...common, damage: null, tensorflow, source, created, hasKernels: kernels?.compiled === true }
        }),
        installation: current,
        failures: runtimeKind.options.flatMap((kind) => {
          const failure = lastFailure(home, kind)
          return failure === null ? [] : [{ kind, at: failure.at, reason: failure.reason }]
        }),
        cudaServes: tensorflowAudience(await nvidiaGpus()),
      }
    },

    /** Starts an installation, which continues in the background. */
    begin(kind: RuntimeKind): Promise<void> {
      if (current?.status === 'running') {
        throw new LaurelError('BUSY', `The ${current.kind} runtime is being installed.`, 'Wait until the installation has finished.')
      }
      cancelling = new AbortController()
      current = { kind, startedAt: new Date().toISOString(), steps: [], status: 'running', error: null }
      return work(kind)
    },

    /** Ends the installation in progress, if there is one; what it has written is removed. */
    cancel(): void {
      if (current?.status !== 'running' || cancelling.signal.aborted) return
      report('canceling')
      cancelling.abort()
    },
  }
}
export type RuntimeInstaller = ReturnType<typeof runtimeInstaller>
