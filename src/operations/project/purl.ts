import type { InventoryItem } from './inventory.ts'

/** Returns the package URL of a package. There is no type for cpm, so it is `generic`, which has no rules of its own. */
export function purlOf({ name, version }: Pick<InventoryItem, 'name' | 'version'>): string {
  const path = name.split('/').map(encodeURIComponent).join('/')
  return `pkg:generic/${path}@${encodeURIComponent(version)}`
}
