import { z } from 'zod'
import { dataCounts, dataKind, dataUse } from '../../shared/contract/datasets-contract.ts'
import { dataFormat } from '../../shared/enums.ts'

/** Metadata stored next to the rows of an imported data set. */
export const documentName = 'about.json'

export const dataSetDocument = z.object({
  version: z.literal(1),
  name: z.string(),
  source: z.string(),
  rowsFile: z.string(),
  format: dataFormat, // of the source file
  kind: dataKind,
  uses: z.array(dataUse),
  counts: dataCounts,
  bytes: z.number(),
  importedAt: z.iso.datetime(),
})
export type DataSetDocument = z.infer<typeof dataSetDocument>
