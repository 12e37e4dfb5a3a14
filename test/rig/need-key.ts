import fs from 'node:fs'
import { EnvironmentVariables } from '../../src/core/environment-variables.ts'
import { locateHome } from '../../src/core/home.ts'
import { generateKey } from '../../src/package/keys.ts'

/** Generates a signing key before `publish`, because cpm does not generate one without a terminal. */
export function needKey([command]: readonly string[], env: Record<string, string>): void {
  if (command !== 'publish' || env.CPM_SIGNING_KEY !== undefined) return
  const { keys } = locateHome(new EnvironmentVariables(env))
  if (!fs.existsSync(keys)) generateKey(keys, new Date())
}
