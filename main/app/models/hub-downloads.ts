import type { Log } from '../../common/log.ts'
import { getModel } from '../../models/hub/get-model.ts'
import { filesToGet, ggufsOf, type HubFile, type HubModel, lookUp } from '../../models/hub/hub-listing.ts'
import { type HubSettings, hubSettings, parseHubName } from '../../models/hub/hub-settings.ts'
import type { HubDownload, HubOffer } from '../../shared/contract/models-contract.ts'
import { isStopped, LaurelError, toErrorValue } from '../../shared/errors.ts'

interface HubDownloadsOptions {
  readonly home: string
  readonly log: Log
  readonly settings?: () => HubSettings
}

/**
 * Downloads of models that the window has started, newest first. They continue without the window, and after Laurel has ended, a new download
 * of the same model continues with what is on disk.
 */
export function hubDownloads({ home, log, settings = hubSettings }: HubDownloadsOptions) {
  const downloads = new Map<string, { shown: HubDownload; abort: AbortController; ended: Promise<void> }>()

  const sizes = (files: readonly HubFile[]) => files.map(({ path, bytes }) => ({ path, bytes }))

  async function work(model: HubModel, files: readonly HubFile[], signal: AbortSignal, change: (changes: Partial<HubDownload>) => void) {
    try {
      const onProgress = ({ file, done }: { file: string; done: number }): void => change({ file, done })
      const path = await getModel({ home, model, files, access: { ...settings(), signal }, onProgress })
      change({ status: 'done', path })
      log.write('info', 'download', `${model.repository} is in ${path}`)
    } catch (thrown) {
      if (isStopped(thrown)) return change({ status: 'stopped' })
      const error = toErrorValue(thrown)
      change({ status: 'failed', error })
      log.write('error', 'download', `couldn't download ${model.repository}: ${error.message}`)
    }
  }

  return {
    /** What a name offers, before anything of it is fetched. */
    async look(name: string, file: string | null, signal?: AbortSignal): Promise<HubOffer> {
      const access = { ...settings(), signal }
      const model = await lookUp(parseHubName(name), access)
      const { repository, commit, license } = model
      const ggufs = ggufsOf(model)
      const mustChoose = file === null && ggufs.length > 1 && !model.files.some(({ path }) => path.endsWith('.safetensors'))
      return {
        ...{ repository, commit, license, page: `${access.endpoint}/${repository}` },
        files: mustChoose ? [] : sizes(filesToGet(model, file ?? undefined)),
        choices: sizes(ggufs),
      }
    },

    /** Starts a download, or continues one. Throws like `look`, and BUSY while it is running. */
    async begin(name: string, file: string | null): Promise<void> {
      const model = await lookUp(parseHubName(name), settings())
      const files = filesToGet(model, file ?? undefined)
      const { repository, commit, license } = model
      if (downloads.get(repository)?.shown.status === 'running') {
        throw new LaurelError('BUSY', `${repository} is being downloaded.`, 'Wait until it is complete, or stop it.')
      }
      const abort = new AbortController()
      const shown: HubDownload = {
        ...{
          repository,
          commit,
          license,
          file: files[0].path,
          wanted: file,
          done: 0,
          total: files.reduce((sum, { bytes }) => sum + bytes, 0),
        },
        ...{ status: 'running', error: null, path: null },
      }
      const entry = { shown, abort, ended: Promise.resolve() }
      const change = (changes: Partial<HubDownload>): void => {
        entry.shown = { ...entry.shown, ...changes }
      }
      downloads.delete(repository) // the newest is last
      downloads.set(repository, entry)
      entry.ended = work(model, files, abort.signal, change)
    },

    list: (): HubDownload[] => [...downloads.values()].map(({ shown }) => shown).reverse(),

    stop: (repository: string): void => downloads.get(repository)?.abort.abort(),

    /** Removes a download that has ended from the list; its files stay. */
    dismiss(repository: string): void {
      if (downloads.get(repository)?.shown.status !== 'running') downloads.delete(repository)
    },

    async close(): Promise<void> {
      for (const { abort } of downloads.values()) abort.abort()
      await Promise.all([...downloads.values()].map(({ ended }) => ended))
    },
  }
}
export type HubDownloads = ReturnType<typeof hubDownloads>
