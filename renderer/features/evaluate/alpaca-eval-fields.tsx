import { Select } from '@mantine/core'
import { FilePicker } from '../../components/file-picker.tsx'
import { ModelSelect } from '../../components/model-select.tsx'
import type { Draft } from './evaluation-draft.ts'
import { JudgeSelect } from './judge-select.tsx'

interface AlpacaEvalFieldsProps {
  readonly draft: Draft
  readonly onChange: (change: Partial<Draft>) => void
}

/** The choices of an AlpacaEval evaluation, besides the model. */
export function AlpacaEvalFields({ draft: { against, judge, cluster, source, isBaselineInFile }, onChange }: AlpacaEvalFieldsProps) {
  return (
    <>
      <JudgeSelect
        label="Judge"
        value={judge}
        cluster={cluster}
        onChange={(id) => onChange({ judge: id })}
        onCluster={(name) => onChange({ cluster: name })}
        description="Published figures are GPT-4 Turbo’s. Another judge’s compare only with its own."
      />
      <Select
        label="Baseline"
        data={[
          { value: 'file', label: 'The model whose answers are in the file' },
          { value: 'model', label: 'Another model, which answers the instructions too' },
        ]}
        value={isBaselineInFile ? 'file' : 'model'}
        onChange={(value) => onChange({ isBaselineInFile: value === 'file' })}
        allowDeselect={false}
      />
      {!isBaselineInFile && <ModelSelect label="Against" value={against} onChange={(id) => onChange({ against: id })} />}
      <FilePicker
        label="File of instructions"
        description={`AlpacaEval’s model_outputs.json: [{instruction, ${isBaselineInFile ? 'output, generator' : 'optionally output'}}, ...], or JSON Lines.`}
        kind="file"
        endings={['.json', '.jsonl']}
        value={source?.from === 'file' ? source.path : ''}
        onChange={(path) => onChange({ source: { from: 'file', path } })}
      />
    </>
  )
}
