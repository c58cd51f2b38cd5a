import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { extractAll, listPackage, statFile } from '@electron/asar'
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { homeFolder, homePaths } from '../../main/common/home.ts'
import { startEngineProcess } from '../../main/engine/hosts/local-process.ts'
import { kernelSourcesHash } from '../../main/runtimes/kernel-sources.ts'
import { sampling } from '../../main/shared/engine-protocol.ts'
import { standIn } from '../desktop/stand-in/stood-in.ts'
import { browser, linux, needing } from '../support/needs.ts'
import { startServe } from '../support/served.ts'
import { repositoryFile } from '../support/shared.ts'
import { visit } from '../support/visitor.ts'
import { placeholderElectron, stagedProject } from './staged.ts'

/** The launcher is JavaScript without types. */
interface Packaging {
  takeBinding(home: string, build: string): void
  sizesOf(folder: string): string[]
}
const { takeBinding, sizesOf } = (await import(repositoryFile('main/launcher/package.js'))) as Packaging

/**
 * The application as packaged by electron-builder for Linux, with a placeholder for Electron's binary, run by plain Node from where it would be
 * installed. It isn't run in Electron itself here.
 */
needing(linux).describe('the packaged application', { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'laurel-package-'))
  const installed = join(folder, 'dist', 'linux-unpacked')
  const archive = join(installed, 'resources', 'app.asar')
  const unpacked = `${archive}.unpacked`
  const home = join(folder, 'home')
  const program = join(unpacked, 'build/main/cli/laurel.js')
  const runtimes = homePaths(homeFolder()).runtimes
  let files: string[]

  beforeAll(() => {
    const project = stagedProject(join(folder, 'project'))
    takeBinding(homeFolder(), join(project, 'build'))
    const builder = join(project, 'node_modules/electron-builder/cli.js')
    const settings = [`electronDist=${placeholderElectron(join(folder, 'electron'))}`, `directories.output=${join(folder, 'dist')}`]
    const built = spawnSync(process.execPath, [builder, '--linux', 'dir', ...settings.map((setting) => `-c.${setting}`)], {
      cwd: project,
      encoding: 'utf8',
    })
    expect(built.status, built.stdout + built.stderr).toBe(0)
    files = listPackage(archive, { isPack: false }).map((path) => path.slice(1))
    mkdirSync(home)
    if (existsSync(runtimes)) symlinkSync(runtimes, homePaths(home).runtimes)
  }, 90_000)

  afterAll(() => rmSync(folder, { recursive: true, force: true }), 60_000)

  const isUnpacked = (path: string): boolean => (statFile(archive, path) as { unpacked?: boolean }).unpacked === true
  const laurel = (...args: string[]) =>
    spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', env: { ...process.env, LAUREL_HOME: home } })

  test('contains no developer files and nothing of other platforms', () => {
    const foreign = /\.(map|ts|mts|cts|md)$|_test\.js$|\.spec\.js$|(^|\/)(test|tests|docs|bench)\/|(^|\/)\.|win32|darwin|arm64|musl/
    const allowed = /^node_modules\/(?!.*\.(map|ts|md)$).*(win32|darwin|arm64|musl)[^/]*\.js$/ // platform-specific JavaScript
    expect(files.filter((path) => foreign.test(path) && !allowed.test(path))).toEqual([])
    expect([...new Set(files.map((path) => path.split('/')[0]))].sort()).toEqual([
      'LICENSE',
      'build',
      'main',
      'node_modules',
      'package.json',
      'resources',
    ])
    expect(files.filter((path) => path.startsWith('main/') && !/^main(\/engine(\/kernels(\/native(\/.*)?)?)?)?$/.test(path))).toEqual([])
    for (const name of ['vite', 'react', 'typescript', 'electron', 'playwright-core', 'recharts', '@biomejs']) {
      expect(files).not.toContain(`node_modules/${name}`)
    }
  })

  test('keeps files that only Electron runs in the archive, and the others next to it', () => {
    for (const path of ['build/main/index.js', 'build/main/desktop/desktop.js', 'build/preload/preload.cjs'])
      expect(isUnpacked(path), path).toBe(false)
    for (const path of [
      ...[
        'package.json',
        'resources/demo/model/model.safetensors',
        'resources/cluster/laurel_cluster/session.py',
        'resources/recipes/demo.json',
        'resources/icons/32x32.png',
      ],
      ...[
        'build/main/engine/process/main.js',
        'build/renderer/index.html',
        'main/engine/kernels/native/kernels.cc',
        'node_modules/@tensorflow/tfjs-node-gpu/binding/tfjs_backend.cc',
      ],
      ...['node_modules/better-sqlite3/prebuilds/linux-x64.node', 'node_modules/webgpu/dist/linux-x64/dawn.node'].map((path) =>
        path.replace('x64', process.arch),
      ),
    ]) {
      expect(isUnpacked(path), path).toBe(true)
    }
  })

  test('has its fuses flipped', async () => {
    const wire = await getCurrentFuseWire(join(installed, 'laurel'))
    const on = [
      FuseV1Options.EnableCookieEncryption,
      FuseV1Options.EnableEmbeddedAsarIntegrityValidation,
      FuseV1Options.OnlyLoadAppFromAsar,
    ]
    const off = [
      ...[FuseV1Options.RunAsNode, FuseV1Options.EnableNodeOptionsEnvironmentVariable, FuseV1Options.EnableNodeCliInspectArguments],
      ...[FuseV1Options.LoadBrowserProcessSpecificV8Snapshot, FuseV1Options.GrantFileProtocolExtraPrivileges],
    ]
    expect(on.map((fuse) => wire[fuse])).toEqual(on.map(() => FuseState.ENABLE))
    expect(off.map((fuse) => wire[fuse])).toEqual(off.map(() => FuseState.DISABLE))
  })

  test('has its size reported', () => {
    const lines = sizesOf(join(folder, 'dist'))
    process.stdout.write(`${lines.join('\n')}\n`)
    const megabytes = Number.parseFloat(lines.find((line) => line.includes('linux-unpacked'))!)
    expect(megabytes).toBeGreaterThan(20)
    expect(megabytes).toBeLessThan(90) // without Electron itself
  })

  test('has a command line that plain Node can run in place', () => {
    expect(laurel('--version').stdout.trim()).toBe(
      (JSON.parse(readFileSync(repositoryFile('package.json'), 'utf8')) as { version: string }).version,
    )
    const made = laurel('run', 'new', '--recipe', 'demo')
    expect(made, made.stderr).toMatchObject({ status: 0 })
    expect(laurel('run', 'list').stdout).toContain(made.stdout.trim())
  })

  test.each(['wasm', 'cpu', ...(existsSync(runtimes) ? ['tensorflow'] : [])])(
    'has an engine that computes with the bundled model on %s',
    async (backend) => {
      const pack = existsSync(runtimes) ? ['--runtime', join(runtimes, 'cpu')] : []
      const engine = await startEngineProcess(join(unpacked, 'build/main/engine/process/main.js'), ['--backend', backend, ...pack])
      const model = join(unpacked, 'resources/demo/model')
      expect(await engine.info()).toMatchObject({ backend })
      expect((await engine.load(model)).parameters).toBeGreaterThan(1e5)
      const rows = [{ input: { text: 'a' }, seeds: [1] }]
      const texts: string[] = []
      for await (const { text } of engine.generate({ model, rows, sampling: sampling.parse({ maxNewTokens: 4 }), batch: 1 }))
        texts.push(text)
      expect(texts).toHaveLength(1)
      await engine.close()
    },
  )

  test('serves its window and answers its calls', async () => {
    const served = await startServe(home, [], program)
    const visitor = await visit(served.address)
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(await (await visitor.fetch('/')).text())![1]
    expect((await visitor.fetch(script)).status).toBe(200)
    expect(await visitor.client.system.about()).toMatchObject({ surface: 'browser', home })
    visitor.leave()
    await served.end()
  })

  test('finds the C++ sources of its kernels where a compiler can read them, and the prebuilt binding', () => {
    const ask = `import { kernelSources, kernelSourcesHash } from './build/main/runtimes/kernel-sources.js'
      import { hasPrebuilt } from './build/main/runtimes/prebuilt-binding.js'
      console.log(JSON.stringify([kernelSources, kernelSourcesHash(), hasPrebuilt('2.18.1')]))`
    const said = spawnSync(process.execPath, ['--input-type=module', '-e', ask], { cwd: unpacked, encoding: 'utf8' })
    const hasBinding = existsSync(join(unpacked, 'build/runtime', `linux-${process.arch}`, 'tfjs_binding.node'))
    expect(JSON.parse(said.stdout)).toEqual([join(unpacked, 'main/engine/kernels/native'), kernelSourcesHash(), hasBinding])
  })

  needing(browser).test('opens its window from the archive, on the stand-in for Electron', async () => {
    const extracted = join(folder, 'extracted')
    extractAll(archive, extracted)
    const desk = await standIn(join(folder, 'other-home'), join(extracted, 'build/main/index.js'))
    await desk.page.getByRole('heading', { name: 'Runs', exact: true }).waitFor()
    await desk.tell({ do: 'quit' })
    expect(await desk.ended).toBe(0)
    await desk.end()
  })
})
