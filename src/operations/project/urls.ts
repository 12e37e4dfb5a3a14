import type { InventoryItem } from './inventory.ts'

/** Returns the package URL of a package. There is no type for cpm, so it is `generic`, which has no rules of its own. */
export function purlOf({ name, version }: Pick<InventoryItem, 'name' | 'version'>): string {
  const path = name.split('/').map(encodeURIComponent).join('/')
  return `pkg:generic/${path}@${encodeURIComponent(version)}`
}

const SCHEMES = ['http:', 'https:', 'git:', 'ssh:', 'git+https:', 'git+ssh:']

/** Returns an address in its normal form; undefined for anything else, such as a path or a script. */
export function webUrl(text: string | undefined): string | undefined {
  const url = text !== undefined && URL.canParse(text) ? new URL(text) : undefined
  return url && SCHEMES.includes(url.protocol) ? url.href.replaceAll(/[\\^`{|}]/g, encodeURIComponent) : undefined
}
