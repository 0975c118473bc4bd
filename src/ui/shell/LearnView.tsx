/** Learning: what is to be learned on the left, the wall it is learned on to the right. */
import { Suspense } from 'react'
import { useStore } from 'zustand'
import { hiddenParts } from '../../state/recipe-address'
import { routeStore } from '../../state/route'
import { fetched } from '../common/fetched'
import { ModelSection } from '../model/ModelSection'
import { Recipe } from '../recipe/Recipe'
import { Changed, Result } from '../result/Result'
import { Rail, Troubles } from '../run/Rail'
import { Stage } from '../stage/Stage'
import { Classes } from '../task/Classes'
import { Outputs } from '../task/Outputs'
import { TaskChooser } from '../task/TaskChooser'
import css from './LearnView.module.css'

/** Its plotting library comes after what is above it. */
const Curves = fetched(async () => (await import('../curves/Curves')).Curves)

export function LearnView() {
  const query = useStore(routeStore, (s) => s.query)
  const hidden = hiddenParts(query)
  return (
    <div className={css.main}>
      <div className={css.label}>
        {!hidden.has('model') && <ModelSection />}
        {!hidden.has('images') && <TaskChooser />}
        {!hidden.has('classes') && <Classes />}
        {!hidden.has('classes') && <Outputs />}
        {!hidden.has('recipe') && <Recipe />}
      </div>
      <div className={css.wall}>
        <div className={css.hanging}>
          <Stage />
        </div>
        <div className={css.foot}>
          <Rail />
          <Troubles />
        </div>
        <div className={css.below}>
          <Result />
          {!hidden.has('curves') && (
            <Suspense>
              <Curves />
            </Suspense>
          )}
          <Changed />
        </div>
      </div>
    </div>
  )
}
