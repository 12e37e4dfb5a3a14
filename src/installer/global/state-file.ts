import { type GlobalPackage, GlobalState, type PendingOperation } from '../../schema/global-state.ts'
import type { PackageName } from '../../schema/name.ts'
import { readTextIfThere, writeFileAtomic } from '../../core/atomic-file.ts'
import { parseJson, readableJson } from '../../core/canonical-json.ts'
import { CpmError } from '../../core/errors.ts'

export type GlobalPackages = GlobalState['packages']

/** @throws CpmError CONFIG_INVALID if the file can't be read: otherwise every global package would seem to be gone */
export function readGlobalState(file: string): GlobalState {
  const text = readTextIfThere(file)
  if (text === undefined) return globalState({}, [])
  const result = GlobalState.safeParse(parseJson(text, 'CONFIG_INVALID', file))
  if (result.success) return result.data
  throw new CpmError('CONFIG_INVALID', `${file} is not a valid list of global packages`, {
    hint: 'restore it, or remove it and install the packages again with cpm install -g',
    cause: result.error,
  })
}

/** @param temporary an unused path on the same file system */
export function writeGlobalState(file: string, state: GlobalState, temporary: string): void {
  writeFileAtomic(file, readableJson(state), { temporary })
}

export function globalState(packages: GlobalPackages, pending: readonly PendingOperation[]): GlobalState {
  const all = Object.values(packages)
  return {
    schemaVersion: 1,
    packages,
    pending: [...pending],
    totals: {
      packages: all.length,
      dependencies: all.reduce((sum, { dependencies }) => sum + dependencies, 0),
      executables: all.reduce((sum, { executables }) => sum + executables.length, 0),
    },
  }
}

/** Looks up a package by name; safe for names such as `constructor`. */
export function globalPackage(packages: GlobalPackages, name: PackageName): GlobalPackage | undefined {
  return Object.hasOwn(packages, name) ? packages[name] : undefined
}
