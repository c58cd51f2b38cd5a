import { readFileSync } from 'node:fs'
import { posix, relative, sep } from 'node:path'
import { sourceFiles } from './source-files.js'

/**
 * Which folder may import which: data flows one way, from the first line to the last. A folder may import itself and what its line names; a
 * file belongs to the most specific folder listed.
 */
const base = ['main/shared', 'main/common']
const numerics = [...base, 'main/engine', 'main/engine/backends', 'main/engine/kernels']
const parts = [...base, 'main/engine', 'main/engine/hosts', 'main/evaluation', 'main/data', 'main/models', 'main/store']

export const layers = {
  'main/shared': [],
  'main/common': ['main/shared'],
  'main/runtimes': base,
  'main/engine': base,
  'main/engine/backends': [...base, 'main/engine'],
  'main/engine/kernels': numerics,
  'main/engine/model/architectures': base, // without arithmetic: the model library reads them too
  'main/engine/model': [...numerics, 'main/engine/model/architectures'],
  'main/engine/inference': [...numerics, 'main/engine/model'],
  'main/engine/training': [...numerics, 'main/engine/model', 'main/engine/inference'],
  'main/engine/process': [...numerics, 'main/engine/model', 'main/engine/inference', 'main/engine/training'],
  'main/engine/hosts': [...base, 'main/engine', 'main/engine/hosts/ray', 'main/runtimes'],
  // an engine process of its own, which encodes rows as the local one does
  'main/engine/hosts/ray': [...numerics, 'main/engine/model', 'main/engine/inference', 'main/engine/training', 'main/engine/process'],
  'main/evaluation': base,
  'main/data': [...base, 'main/evaluation'],
  'main/models': [...base, 'main/engine/model/architectures'],
  'main/store': base,
  'main/loop': parts,
  'main/app': [...parts, 'main/loop', 'main/runtimes'],
  'main/demo': [...parts, 'main/loop', 'main/app', 'main/runtimes'],
  'main/demo/make': [
    ...numerics,
    'main/engine/model',
    'main/engine/inference',
    'main/engine/training',
    'main/runtimes',
    'main/demo',
    'main/loop',
    'main/evaluation',
  ],
  'main/serve': [...base, 'main/app'],
  'main/cli': [...parts, 'main/loop', 'main/app', 'main/runtimes', 'main/demo', 'main/serve'],
  'main/desktop': [...base, 'main/engine', 'main/engine/hosts', 'main/app', 'main/runtimes', 'main/demo'],
  'main/launcher': [], // runs before anything is installed or built
  preload: ['main/shared'],
  renderer: ['main/shared'],
}

/** Packages that only some folders may load, by the beginning of their names. */
const arithmetic = [
  'main/engine/backends',
  'main/engine/kernels',
  'main/engine/model',
  'main/engine/inference',
  'main/engine/training',
  'main/engine/process',
  'main/demo/make',
]
export const packages = {
  '@tensorflow/': arithmetic,
  webgpu: ['main/engine/backends'],
  'better-sqlite3': ['main/store'],
  commander: ['main/cli'],
  electron: ['main/desktop', 'preload'],
  openai: ['main/engine/hosts'],
  ws: ['main/serve'],
}

const withoutNode = ['main/shared', 'renderer', 'preload']

const folders = Object.keys(layers).sort((a, b) => b.length - a.length)
/** `main/index.ts` is Electron's entry. */
const layerOf = (path) => (path === 'main/index.ts' ? 'main/desktop' : folders.find((folder) => path.startsWith(`${folder}/`)))

/** What is wrong with a file's imports: `IMPORTED: why`. Path and imports are relative to the project, with `/`. */
export function wrongImports(path, source) {
  const layer = layerOf(path)
  if (layer === undefined) return []
  return [...source.matchAll(/(?:^|[^.\w-])(?:from|import|import\()\s*'([^'\n]+)'/g)].flatMap(([, imported]) => {
    const reason = imported.startsWith('.') ? wrongLayer(layer, posix.join(posix.dirname(path), imported)) : wrongPackage(layer, imported)
    return reason === undefined ? [] : [`${imported}: ${reason}`]
  })
}

function wrongLayer(layer, target) {
  const other = layerOf(target)
  if (other === layer || layers[layer].includes(other)) return undefined
  if (other === undefined && !target.startsWith('main/')) return undefined // package.json, resources
  return `${layer} may import ${layers[layer].join(', ') || 'nothing of the project'}`
}

function wrongPackage(layer, imported) {
  if (imported.startsWith('node:')) return withoutNode.includes(layer) ? `${layer} runs without Node` : undefined
  if (layer === 'main/launcher') return 'the launcher runs before any package is installed'
  const [name, allowed] =
    Object.entries(packages).find(([name]) => imported === name || imported.startsWith(name.endsWith('/') ? name : `${name}/`)) ?? []
  return name === undefined || allowed.includes(layer) ? undefined : `only ${allowed.join(', ')} may load ${name}`
}

/** `FILE: IMPORTED: why`, for each import under `project` that crosses layers. */
export function lintLayers(project) {
  return sourceFiles(project, ['main', 'renderer', 'preload'], /\.(?:ts|tsx|js)$/).flatMap((file) => {
    const path = relative(project, file).split(sep).join('/')
    return wrongImports(path, readFileSync(file, 'utf8')).map((finding) => `${path}: ${finding}`)
  })
}
