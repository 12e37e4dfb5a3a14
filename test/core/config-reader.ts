/**
 * Loads the configuration of the working folder as a project's, for config.test.ts. The process exits on its own, so
 * that everything that loading started has finished by then.
 */
import { loadConfig } from '../../src/core/config.ts'

const project = process.cwd()
const config = await loadConfig({ project, userFile: `${project}/none`, emit: () => undefined })
process.stdout.write(JSON.stringify(config))
