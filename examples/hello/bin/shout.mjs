#!/usr/bin/env node
import { readFileSync, writeFileSync } from 'node:fs'

// `in` has the concatenated outputs of the parents.
const { in: greetings, kwargs } = JSON.parse(readFileSync(0, 'utf8'))

const shouts = greetings.map((greeting) => greeting.toUpperCase() + kwargs.end)
console.log(shouts.join('\n'))
writeFileSync(process.env.CPM_OUTPUT, JSON.stringify(shouts))
