/** Reads YAML from stdin and says `done`, the number of problems and the first of them, for yaml.test.ts. */
import fs from 'node:fs'
import { readYaml } from '../../src/core/yaml.ts'

const { problems } = readYaml('stdin', fs.readFileSync(0, 'utf8'))
process.stdout.write(`done ${problems.length} ${problems[0]?.message ?? ''}`)
