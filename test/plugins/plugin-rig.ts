import fs from 'node:fs'
import { type Rig } from '../rig/rig.ts'

/** Writes a plugin's module and adds it as a user would, with `--yes`. */
export async function addPlugin(
  rig: Rig,
  name: string,
  body: string,
  options?: Record<string, unknown>,
): Promise<void> {
  const file = rig.path(`${name}.mjs`)
  fs.writeFileSync(file, moduleOf(name, body))
  const { code, stderr } = await rig.cpm(['plugins', 'add', file, '--yes'])
  if (code !== 0) throw new Error(stderr)
  if (options) setOptions(rig, name, options)
}

/** Returns the text of a module with a plugin. */
export function moduleOf(name: string, body: string, version = '1.0.0'): string {
  return `import { definePlugin, defineCommand, z } from 'colony-cpm/plugin'
import fs from 'node:fs'
export default definePlugin({ name: '${name}', version: '${version}', ${body} })
`
}

/** Changes the user's settings. */
export function changeConfig(rig: Rig, change: (config: Record<string, unknown>) => Record<string, unknown>): void {
  const file = `${rig.home}/config.json`
  const before = fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, unknown>) : {}
  fs.mkdirSync(rig.home, { recursive: true })
  fs.writeFileSync(file, JSON.stringify(change(before)))
}

export function setOptions(rig: Rig, name: string, options: Record<string, unknown>): void {
  changeConfig(rig, (config) => {
    const plugins = (config.plugins ?? {}) as Record<string, object>
    return { ...config, plugins: { ...plugins, [name]: { ...plugins[name], options } } }
  })
}
