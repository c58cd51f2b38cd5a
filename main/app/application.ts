import { homePaths } from '../common/home.ts'
import { type Log, openLog } from '../common/log.ts'
import type { Engine } from '../engine/hosts/engine.ts'
import { openEngine } from '../engine/hosts/open-engine.ts'
import type { RequestUsage } from '../engine/hosts/reporting-engine.ts'
import { runtimeName } from '../runtimes/find.ts'
import type { About } from '../shared/contract/system-contract.ts'
import type { ConfiguredEngine } from '../shared/engine-settings.ts'
import { toErrorValue } from '../shared/errors.ts'
import { openStore, type Store } from '../store/store.ts'
import { type Library, openLibrary } from './datasets/datasets.ts'
import { engineKeys, type KeyVault } from './engines/engine-keys.ts'
import { type EnginesApi, enginesApi } from './engines/engines.ts'
import { evaluationJobs } from './evaluations/evaluation-jobs.ts'
import { type EvaluationsApi, evaluationsApi } from './evaluations/evaluations.ts'
import { JobQueue } from './jobs/job-queue.ts'
import { type SharedEngine, workbench } from './jobs/shared-engine.ts'
import { type HubDownloads, hubDownloads } from './models/hub-downloads.ts'
import { type Removals, removalsOf } from './removals.ts'
import { callerName } from './review/caller.ts'
import { type ReviewsApi, reviewsApi } from './review/reviews.ts'
import { type LiveEvents, liveEvents } from './runs/live-events.ts'
import { type NewRunsApi, newRunsApi } from './runs/new-runs.ts'
import { finishRemovals } from './runs/remove-run.ts'
import { type EngineWish, type RunJobsOptions, type RunsApi, runJobs, runsApi } from './runs/runs.ts'
import { type StoreThread, storeThread } from './store-thread/store-thread.ts'
import { databaseCare } from './system/database-care.ts'
import { type EngineRegistry, engineRegistry } from './system/engine-registry.ts'
import { logRuns } from './system/log-feed.ts'
import { type RuntimeInstaller, runtimeInstaller } from './system/runtime-installer.ts'
import { type SettingsFile, settingsFile } from './system/settings-file.ts'
import { type WindowBridge, windowBridge } from './system/window-bridge.ts'

/** What each front end (desktop window or browser page) provides. */
interface ApplicationOptions extends Pick<RunJobsOptions, 'checkersOf'> {
  readonly home: string
  readonly surface: About['surface']
  readonly version: string
  /** Starts an engine process: an Electron utility process on the desktop, a child process otherwise. */
  readonly startEngine: (wish: EngineWish, onLog: (text: string) => void) => Promise<Engine>
  /** The operating system's encryption, for the keys of other engines. */
  readonly vault?: KeyVault
}

/** Everything that answers API calls, assembled once. */
export interface Application {
  readonly home: string
  readonly about: About
  readonly store: Store
  /** Store reads for the UI, off the main thread. */
  readonly reads: StoreThread
  /** Jobs that take seconds, on a second thread so that reads don't wait for them. */
  readonly jobs: StoreThread
  readonly settings: SettingsFile
  readonly runs: RunsApi
  /** The name stored with reviews of the current call: its window's, or the one in the settings. */
  readonly reviewer: () => string
  /** Removals that can still be undone. */
  readonly removals: Removals
  readonly reviews: ReviewsApi
  /** Recipes, checks, and estimates for new runs. */
  readonly newRuns: NewRunsApi
  readonly live: LiveEvents
  /** Runs and evaluations that this process runs. */
  readonly queue: JobQueue
  readonly log: Log
  readonly engines: EngineRegistry
  /** Engines besides this machine. */
  readonly serverEngines: EnginesApi
  /** Opens one of them for work outside runs. */
  readonly openElsewhere: (engine: ConfiguredEngine, onUsage?: (usage: RequestUsage) => void) => Promise<Engine>
  readonly runtimes: RuntimeInstaller
  /** Models being downloaded. */
  readonly downloads: HubDownloads
  /** Data import and export. */
  readonly library: Library
  /** The engine for work outside runs. */
  readonly bench: SharedEngine
  /** Connects the page with native menus and notifications. */
  readonly desk: WindowBridge
  /** Evaluations requested by hand. */
  readonly evaluations: EvaluationsApi
  readonly checkersOf: RunJobsOptions['checkersOf']
  /** Pauses running work and closes the store. */
  close(): Promise<void>
}

export function openApplication(options: ApplicationOptions): Application {
  const { home, surface, version, checkersOf } = options
  const store = openStore(homePaths(home).database)
  const [reads, jobs] = [storeThread(home), storeThread(home)]
  const log = openLog(homePaths(home).logs)
  const settings = settingsFile(home, (text) => log.write('warning', 'settings', text))
  const engines = engineRegistry((wish) =>
    options.startEngine({ threads: settings.get().threads ?? undefined, ...wish }, (text) => log.write('debug', 'engine', text)),
  )
  const noteError = (source: string, text: string): void => log.write('error', source, text)
  const keys = engineKeys(home, { vault: options.vault })
  const serverEngines = enginesApi(store, keys)
  const openElsewhere: Application['openElsewhere'] = (engine, onUsage) => openEngine(engine, { home, key: keys.keyOf(engine), onUsage })
  const runs = runsApi({ home, store, keyOf: keys.keyOf })
  const reviewer = (): string => callerName() || settings.get().reviewer
  const reviews = reviewsApi(store, reviewer)
  const live = liveEvents(store)
  const runtime = (): string => runtimeName(home)
  const bench = workbench(engines.starter('bench'), { runtime })
  const queue = new JobQueue({
    store,
    kinds: {
      run: runJobs({ store, runs, live, startEngine: engines.starter('run'), checkersOf, log: noteError }),
      evaluation: evaluationJobs({ store, bench, openEngine: openElsewhere, checkersOf, log: noteError }),
    },
    log: noteError,
  })
  const evaluations = evaluationsApi(store, queue)
  const isBusy = (): boolean => store.jobs.workedOn().size > 0
  const newRuns = newRunsApi({ runs, bench, store, runtime, isBusy })
  queue.launch()
  const library = openLibrary({ home, store, reads })
  const removals = removalsOf({
    ...{ store, home, removeRun: runs.remove, dataSets: library.dataSets, engines: serverEngines, evaluations },
    log: noteError,
  })
  const runtimes = runtimeInstaller({ home, log })
  const downloads = hubDownloads({ home, log })
  const closing = new AbortController()
  const care = databaseCare({ home, jobs, log })
  const removing = finishRemovals(store, home).catch((thrown: unknown) => log.write('warning', 'removal', toErrorValue(thrown).message))
  const logging = logRuns(live, log, closing.signal)
  log.write('info', surface, `Laurel ${version} started`)
  const about: About = { version, surface, home, platform: `${process.platform}-${process.arch}`, node: process.versions.node }
  return {
    ...{
      home,
      about,
      store,
      reads,
      jobs,
      settings,
      runs,
      removals,
      reviewer,
      newRuns,
      reviews,
      live,
      queue,
      bench,
      library,
      evaluations,
      log,
      engines,
      serverEngines,
      openElsewhere,
      runtimes,
      downloads,
      checkersOf,
      desk: windowBridge(),
    },
    async close() {
      await Promise.all([queue.close(), library.close(), downloads.close()])
      await removals.close()
      care.end()
      await removing
      await Promise.all([bench.close(), reads.close(), jobs.close()])
      closing.abort()
      await logging
      log.write('info', surface, 'Laurel stopped')
      store.close()
    },
  }
}
