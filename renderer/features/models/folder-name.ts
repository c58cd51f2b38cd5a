import type { LibraryModel } from '../../../main/shared/contract/models-contract.ts'
import { modelLabel } from '../../components/model-select.tsx'

/** The suggested folder name for an export. */
export const folderName = (model: LibraryModel): string =>
  modelLabel(model)
    .toLowerCase()
    .replaceAll(/[^\w.-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
