// Creates a package, publishes it and installs it in a project (docs/library.md).
import path from 'node:path'
import { CpmError, init, install, openSession, publish, submit, validate, verify, type CpmEvent } from 'colony-cpm'

const [folder = '.'] = process.argv.slice(2)
const project = path.join(folder, 'project')
const happened: string[] = []
const emit = (event: CpmEvent) => happened.push(event.type)

const author = openSession({ cwd: folder, emit })
try {
  await init(author, { dir: 'hello' })
  const { name, version } = await validate(author, { dir: 'hello' })
  const { packages } = await publish(author, { sources: ['hello'] })
  console.log(`published ${name} ${version}: ${packages.map(({ outcome }) => outcome).join()}`)
  await init(author, { dir: project, bare: true })
} finally {
  await author.end()
}

const user = openSession({ cwd: project, emit })
try {
  const { packages } = await install(user, { names: ['hello'] })
  const { files } = await verify(user)
  console.log(`installed ${packages.length}, proved ${files} files`)
  const run = await submit(user, { target: 'hello', engine: 'local', set: ['name=Ada'] })
  console.log('state' in run ? `the run ${run.state}` : 'no run')
  await install(user, { names: ['missing'] })
} catch (error) {
  if (!(error instanceof CpmError)) throw error
  console.log(error.code)
} finally {
  await user.end()
}
console.log(`${happened.length} events`)
