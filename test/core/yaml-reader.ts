/** Reads YAML from stdin and says `done` and the number of problems, for yaml.test.ts. */
import fs from 'node:fs'
import { readYaml } from '../../src/core/yaml.ts'

const { problems } = readYaml('stdin', fs.readFileSync(0, 'utf8'))
process.stdout.write(`done ${problems.length}`)
