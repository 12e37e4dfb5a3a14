import fs from 'node:fs'
import path from 'node:path'
import { definePlugin } from 'colony-cpm/plugin'

/**
 * Writes a software bill of materials in both formats after each installation.
 * Settings: `plugins.sbom-writer.options`: `{ "formats": ["cyclonedx"] }`
 */
const FILES = { cyclonedx: 'sbom.cdx.json', spdx: 'sbom.spdx.json' }

export default definePlugin({
  name: 'sbom-writer',
  version: '1.0.0',
  description: 'Writes sbom.cdx.json and sbom.spdx.json after each installation',
  permissions: {
    write: ['project/sbom.cdx.json', 'project/sbom.spdx.json'],
    operations: ['sbom'],
  },

  onPostInstall: (event, context) => writeAll(event, context),
  onPostUninstall: (event, context) => writeAll(event, context),
})

async function writeAll({ project }, { options, call, log }) {
  for (const format of options.formats ?? Object.keys(FILES)) {
    const { document } = await call('sbom', { format })
    fs.writeFileSync(path.join(project, FILES[format]), `${JSON.stringify(document, null, 2)}\n`)
    log(`wrote ${FILES[format]}`)
  }
}
