import { EnvironmentVariables } from '../../src/core/environment-variables.ts'
import { locateHome } from '../../src/core/home.ts'
import type { Pool } from '../../src/core/pool.ts'
import { packFolder, planPack } from '../../src/package/pack-folder.ts'

/** Packs a folder like `cpm pack`, with a home outside the folder. */
export async function pack(folder: string, { pool, output }: { pool: Pool; output: string }) {
  const home = locateHome(new EnvironmentVariables({ CPM_HOME: `${output}.home` }))
  const plan = await planPack(folder, { pool, allow: [], home })
  return { manifest: plan.manifest, contents: await packFolder(folder, plan, { pool, output }) }
}
