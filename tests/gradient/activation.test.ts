import { activationCases } from './cases/activation'
import { runCases } from './cases/run'

runCases(activationCases)
