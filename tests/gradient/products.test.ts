import { productCases } from './cases/products'
import { runCases } from './cases/run'

runCases(productCases)
