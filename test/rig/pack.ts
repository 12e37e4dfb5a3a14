import { EnvironmentVariables } from '../../src/core/environment-variables.ts'
import { locateHome } from '../../src/core/home.ts'
import type { Pool } from '../../src/core/pool.ts'
import { packFolder, planPack } from '../../src/package/pack-folder.ts'

/** Plans and packs a folder as `cpm pack` does, with a home that is nowhere near it. */
export async function pack(folder: string, { pool, output }: { pool: Pool; output: string }) {
  const home = locateHome(new EnvironmentVariables({ CPM_HOME: `${output}.home` }))
  const plan = await planPack(folder, { pool, allow: [], home })
  return { manifest: plan.manifest, contents: await packFolder(folder, plan, { pool, output }) }
}
