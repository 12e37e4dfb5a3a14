#!/usr/bin/env node
import { readFileSync, writeFileSync } from 'node:fs'

// `in` holds the outputs of the parents, one after the other.
const { in: greetings, kwargs } = JSON.parse(readFileSync(0, 'utf8'))

const shouts = greetings.map((greeting) => greeting.toUpperCase() + kwargs.end)
console.log(shouts.join('\n'))
writeFileSync(process.env.CPM_OUTPUT, JSON.stringify(shouts))
