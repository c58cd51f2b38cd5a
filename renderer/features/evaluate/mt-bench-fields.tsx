import { Select } from '@mantine/core'
import { FilePicker } from '../../components/file-picker.tsx'
import { ModelSelect } from '../../components/model-select.tsx'
import type { Draft } from './evaluation-draft.ts'
import { JudgeSelect } from './judge-select.tsx'

interface MtBenchFieldsProps {
  readonly draft: Draft
  readonly onChange: (change: Partial<Draft>) => void
}

/** The choices of an MT-Bench evaluation, besides the model. */
export function MtBenchFields({ draft: { against, judge, cluster, source, mtBench }, onChange }: MtBenchFieldsProps) {
  const change = (next: Partial<Draft['mtBench']>): void => onChange({ mtBench: { ...mtBench, ...next } })
  return (
    <>
      <Select
        label="Judgement"
        data={[
          { value: 'grade', label: 'Grades each answer from 1 to 10' },
          { value: 'pair', label: 'Compares the answers of two models in both orders' },
        ]}
        value={mtBench.isPairwise ? 'pair' : 'grade'}
        onChange={(value) => change({ isPairwise: value === 'pair' })}
        allowDeselect={false}
      />
      {mtBench.isPairwise && <ModelSelect label="Against" value={against} onChange={(id) => onChange({ against: id })} />}
      <JudgeSelect
        label="Judge"
        value={judge}
        cluster={cluster}
        onChange={(id) => onChange({ judge: id })}
        onCluster={(name) => onChange({ cluster: name })}
        description="Published figures are GPT-4’s. Another judge’s compare only with its own."
      />
      <Select
        label="Questions"
        data={[
          { value: 'shipped', label: 'MT-Bench: 80 questions in eight categories' },
          { value: 'file', label: 'From a file' },
        ]}
        value={mtBench.isShipped ? 'shipped' : 'file'}
        onChange={(value) => change({ isShipped: value === 'shipped' })}
        allowDeselect={false}
      />
      {!mtBench.isShipped && (
        <>
          <FilePicker
            label="File of questions"
            description="JSON Lines of {question_id, category, turns}, and optionally {reference}."
            kind="file"
            endings={['.jsonl']}
            value={source?.from === 'file' ? source.path : ''}
            onChange={(path) => onChange({ source: { from: 'file', path } })}
          />
          <FilePicker
            label="File of reference answers (optional)"
            description="JSON Lines of {question_id, choices: [{turns}]}, as FastChat writes answers."
            kind="file"
            endings={['.jsonl']}
            value={mtBench.references}
            onChange={(references) => change({ references })}
          />
        </>
      )}
    </>
  )
}
