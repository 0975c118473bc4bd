/** Where the picture comes from: a file, the clipboard, a drop, a camera; and whether left and right are exchanged. */
import { Button, FileTrigger, ToggleButton } from 'react-aria-components'
import { useStore } from 'zustand'
import { t } from '../../i18n/t'
import { cameraStore, closeCamera, openCamera } from '../../state/look-camera'
import { lookStore, setMirror, showPicture } from '../../state/look'
import css from './TryView.module.css'

export function Sources() {
  const status = useStore(cameraStore, (s) => s.status)
  return (
    <div className={css.sources}>
      <FileTrigger
        acceptedFileTypes={['image/*']}
        onSelect={(files) => {
          const file = files?.[0]
          if (!file) return
          closeCamera()
          showPicture(file.name, file)
        }}
      >
        <Button className={css.button} data-testid="try-choose">
          {t('try.choose')}
        </Button>
      </FileTrigger>
      <Button
        className={css.button}
        isDisabled={status === 'asking'}
        onPress={() => (status === 'on' ? closeCamera() : void openCamera())}
        data-testid="try-camera"
      >
        {t(status === 'on' ? 'try.camera.stop' : 'try.camera')}
      </Button>
      <p className={css.note}>{t('try.paste')}</p>
      <Cameras />
    </div>
  )
}

/** Where there are several. */
function Cameras() {
  const { status, cameras, id } = useStore(cameraStore)
  if (status !== 'on' || cameras.length < 2) return null
  return (
    <label className={css.cameras}>
      {t('try.camera.which')}
      <select value={id ?? ''} onChange={(event) => void openCamera(event.target.value)} data-testid="try-cameras">
        {cameras.map((camera) => (
          <option key={camera.id} value={camera.id}>
            {camera.label}
          </option>
        ))}
      </select>
    </label>
  )
}

export function Mirror() {
  const mirror = useStore(lookStore, (s) => s.mirror)
  return (
    <ToggleButton className={css.toggle} isSelected={mirror} onChange={setMirror} data-testid="try-mirror">
      {t('try.mirror')}
    </ToggleButton>
  )
}
