import type { LibraryModel } from '../../../main/api/contract/models.ts'
import { modelLabel } from '../../components/model-select.tsx'

/** What an export suggests as its folder's name. */
export const folderName = (model: LibraryModel): string =>
  modelLabel(model)
    .toLowerCase()
    .replaceAll(/[^\w.-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
