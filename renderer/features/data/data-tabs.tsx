import { PageTabs } from '../../components/page-tabs.tsx'
import { dataTabs } from '../../components/places.ts'

export function DataTabs() {
  return <PageTabs label="Data" tabs={dataTabs} />
}
