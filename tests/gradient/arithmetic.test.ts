import { arithmeticCases } from './cases/arithmetic'
import { runCases } from './cases/run'

runCases(arithmeticCases)
