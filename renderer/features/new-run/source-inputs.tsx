import { Button, Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { DataUse } from '../../../main/shared/contract/datasets-contract.ts'
import type { LibraryModel } from '../../../main/shared/contract/models-contract.ts'
import type { RecipeDocument, SeedFile } from '../../../main/shared/contract/new-run-contract.ts'
import { client } from '../../api/client.ts'
import { shownError } from '../../api/errors.ts'
import { FilePicker } from '../../components/file-picker.tsx'
import { count } from '../../components/format.ts'
import { modelLabel, useUsableModels } from '../../components/model-select.tsx'
import { valueAt } from './document.ts'
import { setValue } from './draft.ts'
import styles from './new-run.module.css'

interface FromRecipe {
  readonly recipe: RecipeDocument
  readonly errorOf: (key: string) => string | null
}

interface SourceInputsProps extends FromRecipe {
  /** The model that the recipe is made for. */
  readonly suggested: string | null
}

/** The base model and the seed data files, each with a summary of its contents. */
export function SourceInputs({ recipe, errorOf, suggested }: SourceInputsProps) {
  return (
    <div className={styles.sources}>
      <BaseModel path={String(valueAt(recipe, 'base_model') ?? '')} error={errorOf('base_model')} suggested={suggested} />
      <SeedFileInput
        label="Instruction examples (IFT)"
        keyOf="seed_data.ift"
        about="Instructions with good responses. M1 is fine-tuned on them, and self-instruct uses some as few-shot examples. The paper uses 3,200 from Open Assistant."
        use={({ instructions }) => (instructions === 0 ? null : `${count(instructions)} instructions with responses`)}
        {...{ recipe, errorOf }}
      />
      <SeedFileInput
        label="Ranked answers"
        keyOf="seed_data.ranked"
        about="Prompts with several answers ranked by people. Laurel builds judge examples from them, and measures the judge on held-out ones."
        use={({ ranked, ranked_answers }) =>
          ranked === 0 ? null : `${count(ranked)} prompts with ${count(ranked_answers)} ranked answers`
        }
        {...{ recipe, errorOf }}
      />
      <SeedFileInput
        label="Judge examples (EFT)"
        keyOf="seed_data.eft"
        about="Judge prompts with reasoned scores, if you already have some. They replace the ones built from ranked answers."
        use={({ instructions }) => (instructions === 0 ? null : `${count(instructions)} judge prompts with scores`)}
        {...{ recipe, errorOf }}
      />
    </div>
  )
}

interface BaseModelProps {
  readonly path: string
  readonly error: string | null
  readonly suggested: string | null
}

function BaseModel({ path, error, suggested }: BaseModelProps) {
  const models = placesOf(useUsableModels())
  const known = models.find((model) => model.path === path)
  return (
    <div className={styles.source} id="field-base_model">
      <FilePicker
        label="Base model"
        kind="model"
        required
        description="A Hugging Face folder or a GGUF file: M0, where the run starts. An instruct model is the easiest start."
        value={path}
        error={error}
        onChange={(chosen) => setValue('base_model', chosen)}
      />
      {suggested !== null && path === '' && <Suggestion {...{ suggested, models }} />}
      {models.length > 0 && (
        <Select
          aria-label="Base model from the library"
          placeholder="Or choose one from the library"
          searchable
          data={models.map((model) => ({ value: model.id, label: modelLabel(model) }))}
          value={known?.id ?? null}
          onChange={(id) => {
            const model = models.find((one) => one.id === id)
            if (model !== undefined) setValue('base_model', model.path)
          }}
        />
      )}
    </div>
  )
}

/** One model per place. M0 of a run is the model that the run started from, so it has that model's name. */
function placesOf(models: readonly LibraryModel[]): LibraryModel[] {
  const own = models.filter(({ origin }) => origin === null)
  return [...new Map([...models, ...own].map((model) => [model.path, model])).values()]
}

/** Where Hugging Face has the models that recipes are made for. */
const repositories: Readonly<Record<string, string>> = { 'SmolLM2-135M-Instruct': 'HuggingFaceTB/SmolLM2-135M-Instruct' }

/** The model that the recipe is made for: from the library if it is there, otherwise where to download it. */
function Suggestion({ suggested, models }: { readonly suggested: string; readonly models: readonly LibraryModel[] }) {
  const found = models.find(({ name, path, origin }) => origin === null && [name, path].some((text) => text.includes(suggested)))
  const repository = repositories[suggested]
  return (
    <p className={styles.suggested}>
      This recipe is made for {suggested}.
      {found !== undefined && (
        <Button size="compact-xs" onClick={() => setValue('base_model', found.path)}>
          Use {found.name} from the library
        </Button>
      )}
      {found === undefined && repository !== undefined && (
        <Button size="compact-xs" component={Link} href={`/models?get=${repository}`}>
          Download it from Hugging Face
        </Button>
      )}
    </p>
  )
}

const dataUses: Readonly<Record<string, DataUse>> = { 'seed_data.ift': 'ift', 'seed_data.ranked': 'ranked', 'seed_data.eft': 'eft' }

interface SeedFileInputProps extends FromRecipe {
  readonly label: string
  readonly keyOf: string
  readonly about: string
  /** What the run can use from the file; null: nothing. */
  readonly use: (file: SeedFile) => string | null
}

function SeedFileInput({ label, keyOf, about, use, recipe, errorOf }: SeedFileInputProps) {
  const value = valueAt(recipe, keyOf)
  const path = typeof value === 'string' ? value : ''
  const file = useQuery({
    queryKey: ['new-run', 'file', path],
    queryFn: () => client.runs.seedFile({ path }),
    ...{ enabled: path !== '', retry: false, staleTime: 10_000 },
  })
  const useful = file.data === undefined ? undefined : use(file.data)
  const unfit = useful === null ? 'This file has no rows that can be used here.' : null
  const unread = path !== '' && file.isError ? shownError(file.error).message : null
  return (
    <div className={styles.source} id={`field-${keyOf}`}>
      <FilePicker
        {...{ label }}
        kind="file"
        dataUse={dataUses[keyOf]}
        description={about}
        value={path}
        error={errorOf(keyOf) ?? unread ?? unfit}
        onChange={(chosen) => setValue(keyOf, chosen === '' ? null : chosen)}
      />
      {file.data !== undefined && useful != null && path !== '' && (
        <p className={styles.holds}>
          {useful} <span className="dim">({file.data.format})</span>
          {file.data.rejected > 0 && (
            <span className={styles.warning}>
              {' '}
              {count(file.data.rejected)} rows can’t be used: {file.data.first_rejected}
            </span>
          )}
        </p>
      )}
    </div>
  )
}
