import type { StatusChange } from '../../schema/documents.ts'
import type { Session } from '../session.ts'
import { withRegistries } from './registries.ts'
import { parseRelease } from './release-argument.ts'

interface StandingFlags {
  registry?: string | undefined
  lockTimeout?: number | undefined
}

/** Says something of a published version in the registry its name belongs to. @param release as `name@1.2.0` */
export async function changeStanding(context: Session, release: string, change: StatusChange, flags: StandingFlags) {
  const { name, version } = parseRelease(release)
  return await withRegistries(context, flags, async (registries) => {
    const registry = await registries.of(name)
    const standing = await registry.changeStanding({ name, version }, change)
    return { registry: registry.id, place: registry.label, name, version, ...standing }
  })
}
