import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { badInput } from '../../shared/errors.ts'
import { type FactorySet, factorySets } from './llama-factory-folder.ts'
import { savedSplits } from './saved-dataset.ts'

/** Which part of a dataset folder to read. */
export interface FolderPart {
  /** "train" if there is one, by default. */
  readonly split?: string
  /** The configuration (the Hub calls it subset), or the data set of a LLaMA-Factory folder. */
  readonly subset?: string
}

interface DatasetPart {
  readonly files: readonly string[]
  /** What was read and what else there is, as sentences. */
  readonly notes: readonly string[]
  /** Renames a row's fields to known ones. */
  readonly rename?: FactorySet['rename']
}

const dataFile = /\.(parquet|arrow|feather|jsonl|json|ndjson|csv|tsv)(\.(gz|zst))?$/i
/** JSON files that describe data. */
const metadata = new Set(['dataset_info.json', 'dataset_infos.json', 'dataset_dict.json', 'state.json', 'config.json', 'package.json'])
const deepest = 6

/**
 * The files of one split of a dataset folder: the splits that save_to_disk wrote or README.md's front matter names (Hugging Face), the data
 * sets of LLaMA-Factory's dataset_info.json, or splits by the names of files and folders, as the datasets library finds them (`data/train-00000-of-00001.parquet`).
 * Throws BAD_INPUT if it has no data file, and if the split or subset doesn't exist or must be chosen.
 */
export function datasetPart(folder: string, part: FolderPart): DatasetPart {
  const factory = factorySets(folder)
  if (factory !== undefined) return factoryPart(folder, factory, part)
  const names = filesIn(folder)
  const subsets = declaredSubsets(folder)
  const subset = chosenSubset(folder, subsets, part.subset)
  const files = names.filter((name) => dataFile.test(name) && !metadata.has(name.slice(name.lastIndexOf('/') + 1)))
  const saved = savedSplits(folder)
  const splits = saved ?? (subset === undefined ? splitsByName(files) : splitsByPattern(files, subset))
  const split = chosenSplit(folder, splits, part.split)
  const chosen = splits.get(split) ?? []
  const others = [...splits.keys()].filter((name) => name !== split)
  const listed = [...splits.values()].flat()
  const ignored = subset === undefined && saved === undefined ? files.filter((name) => !listed.includes(name)) : []
  return {
    files: chosen.map((name) => join(folder, ...name.split('/'))),
    notes: [
      `Read split "${split}" (${chosen.length} ${chosen.length === 1 ? 'file' : 'files'})${others.length === 0 ? '' : `; not read: ${others.map((name) => `"${name}"`).join(', ')}`}.`,
      ...(subsets.length > 1 && subset !== undefined ? [`Read subset "${subset.config_name}" of ${subsets.length}.`] : []),
      ...(ignored.length > 0 ? [`Not part of a split: ${ignored.slice(0, 5).join(', ')}${ignored.length > 5 ? ' ...' : ''}.`] : []),
    ],
  }
}

function factoryPart(folder: string, sets: ReadonlyMap<string, FactorySet>, { subset }: FolderPart): DatasetPart {
  const local = [...sets].filter(([, { fileName }]) => existsSync(join(folder, fileName)))
  const [name, set] = local.find(([one]) => one === subset) ?? (subset === undefined && local.length === 1 ? local[0] : [])
  if (name === undefined || set === undefined)
    throw badInput(
      subset === undefined
        ? `${folder}: its dataset_info.json has ${local.length} data sets with a file`
        : `${folder}: its dataset_info.json has no data set "${subset}" with a file`,
      local.length === 0 ? 'Choose a folder with data files.' : `Choose one as the subset: ${named(local.map(([one]) => one))}.`,
    )
  const place = join(folder, set.fileName)
  return { files: [place], notes: [`Read "${name}" as dataset_info.json describes it.`], rename: set.rename }
}

/** Every file below the folder, as paths with slashes, in order. */
function filesIn(folder: string): string[] {
  const found: string[] = []
  const visit = (place: string, depth: number): void => {
    for (const entry of readdirSync(place, { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue
      const path = join(place, entry.name)
      if (entry.isDirectory()) {
        if (depth < deepest) visit(path, depth + 1)
      } else found.push(relative(folder, path).split(sep).join('/'))
    }
  }
  visit(folder, 1)
  return found.sort()
}

const patterns = z.union([z.string().transform((path) => [path]), z.array(z.string())])
const splitFiles = z.union([
  patterns.transform((path) => [{ split: undefined, path }]),
  z.array(z.object({ split: z.string(), path: patterns })),
  z.record(z.string(), patterns).transform((splits) => Object.entries(splits).map(([split, path]) => ({ split, path }))),
])
const subsetSchema = z.object({
  config_name: z.string().default('default'),
  data_dir: z.string().optional(),
  data_files: splitFiles.optional(),
  default: z.boolean().optional(),
})
type Subset = z.infer<typeof subsetSchema>

/** The configurations in README.md's front matter. */
function declaredSubsets(folder: string): Subset[] {
  const place = join(folder, 'README.md')
  if (!existsSync(place)) return []
  const front = /^\uFEFF?---\r?\n(.*?)\r?\n---/s.exec(readFileSync(place, 'utf8'))?.[1]
  if (front === undefined) return []
  try {
    return z.object({ configs: z.array(subsetSchema).default([]) }).parse(parse(front)).configs
  } catch (error) {
    throw badInput(
      `${place}: its front matter doesn't describe data files (${(error as Error).message.split('\n')[0]})`,
      'Fix "configs", or remove it.',
    )
  }
}

function chosenSubset(folder: string, subsets: readonly Subset[], wanted: string | undefined): Subset | undefined {
  const names = subsets.map(({ config_name }) => config_name)
  if (wanted !== undefined) {
    const found = subsets.find(({ config_name }) => config_name === wanted)
    if (found !== undefined) return found
    throw badInput(`${folder}: there is no subset "${wanted}"`, names.length === 0 ? 'Leave it out.' : `Choose one of ${named(names)}.`)
  }
  const own = subsets.find((one) => one.default) ?? subsets.find(({ config_name }) => config_name === 'default')
  if (own !== undefined || subsets.length <= 1) return own ?? subsets[0]
  throw badInput(`${folder}: the data set has several subsets`, `Choose one of ${named(names)}.`)
}

type Splits = ReadonlyMap<string, readonly string[]>

function splitsByPattern(files: readonly string[], { data_dir = '', data_files }: Subset): Splits {
  const base = data_dir.replace(/^\.?\/+|\/+$/g, '')
  const own = files.filter((name) => base === '' || name.startsWith(`${base}/`))
  if (data_files === undefined) return splitsByName(own)
  const splits = new Map<string, string[]>()
  for (const { split = 'train', path } of data_files) {
    const wanted = path.map((one) => globPattern([base, one.replace(/^\.?\/+/, '')].filter((part) => part !== '').join('/')))
    splits.set(split, [...(splits.get(split) ?? []), ...own.filter((name) => wanted.some((pattern) => pattern.test(name)))])
  }
  return splits
}

/** A glob of the datasets library: `*` and `?` within a name, `**` across folders, [ranges], and {alternatives}. */
function globPattern(glob: string): RegExp {
  const source = glob.replace(/\*\*\/|\*\*|\*|\?|\{[^{}]*\}|\[[^\]]*\]|[.+^$()|\\{}[\]]/g, (token) => {
    if (token === '**/') return '(?:.*/)?'
    if (token === '**') return '.*'
    if (token === '*') return '[^/]*'
    if (token === '?') return '[^/]'
    if (token.length > 1 && token.startsWith('{'))
      return `(?:${token
        .slice(1, -1)
        .split(',')
        .map((one) => globPattern(one).source.slice(1, -1))
        .join('|')})`
    if (token.length > 1 && token.startsWith('[')) return token.replace(/^\[!/, '[^')
    return `\\${token}`
  })
  return new RegExp(`^${source}$`)
}

/** The datasets library's words for splits, as parts of file and folder names. */
const splitWords: Readonly<Record<string, string>> = {
  ...{ train: 'train', training: 'train' },
  ...{ validation: 'validation', valid: 'validation', val: 'validation', dev: 'validation' },
  ...{ test: 'test', testing: 'test', eval: 'test', evaluation: 'test' },
}

/** Splits by the names of files and folders. If some name a split, those that don't are left out; if none does, all are "train". */
function splitsByName(files: readonly string[]): Splits {
  const splits = new Map<string, string[]>()
  for (const name of files) {
    const split = splitIn(name)
    if (split !== undefined) splits.set(split, [...(splits.get(split) ?? []), name])
  }
  return splits.size === 0 && files.length > 0 ? new Map([['train', files]]) : splits
}

function splitIn(name: string): string | undefined {
  const shard = /(?:^|\/)([\w.]+(?:-[\w.]+)*)-\d{5}-of-\d{5}/.exec(name)?.[1]
  if (shard !== undefined) return splitWords[shard] ?? shard
  const word = name.split(/[-._ /\d]+/).find((one) => one.toLowerCase() in splitWords)
  return word === undefined ? undefined : splitWords[word.toLowerCase()]
}

function chosenSplit(folder: string, splits: Splits, wanted: string | undefined): string {
  const present = [...splits].filter(([, files]) => files.length > 0).map(([name]) => name)
  if (present.length === 0)
    throw badInput(`${folder}: there is no JSON Lines, JSON, CSV, Parquet, or Arrow file`, 'Choose a folder with data files, or a file.')
  const split = wanted ?? (present.includes('train') ? 'train' : present[0])
  if (present.includes(split)) return split
  throw badInput(`${folder}: there is no split "${split}"`, `Choose one of ${named(present)}.`)
}

const named = (names: readonly string[]): string => names.slice(0, 12).join(', ') + (names.length > 12 ? `, ... (${names.length})` : '')
