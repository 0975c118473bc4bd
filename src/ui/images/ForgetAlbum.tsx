/** Forgets an album after one question: what a person made of it (labels, classes, splits) goes with it, and comes not back. */
import { Button, Dialog, DialogTrigger, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { bytes, count } from '../../i18n/format'
import { t } from '../../i18n/t'
import type { AlbumsReport } from '../../lab/protocol-images'
import { forgetKept } from '../../state/images'
import css from './Images.module.css'

interface ForgetAlbumProps {
  readonly album: AlbumsReport['albums'][number]
  readonly disabled: boolean
}

export function ForgetAlbum({ album, disabled }: ForgetAlbumProps) {
  const { id, images, name } = album
  const size = bytes(album.bytes)
  return (
    <DialogTrigger>
      <Button
        className={css.small}
        isDisabled={disabled}
        aria-label={t('kept.forget.title', { name, bytes: size })}
        data-testid="kept-forget"
      >
        {t('kept.forget')}
      </Button>
      <ModalOverlay className={css.overlay} isDismissable>
        <Modal className={css.modal}>
          <Dialog className={css.question} role="alertdialog" data-testid="kept-forget-dialog">
            {({ close }) => (
              <>
                <Heading slot="title">{t('kept.forget.question', { name })}</Heading>
                <p>{t('kept.forget.ask', { images: count(images), bytes: size })}</p>
                <div className={css.answers}>
                  <Button
                    className={css.small}
                    onPress={() => {
                      close()
                      void forgetKept(id)
                    }}
                    data-testid="kept-forget-yes"
                  >
                    {t('kept.forget.yes')}
                  </Button>
                  <Button className={css.small} autoFocus onPress={close} data-testid="kept-forget-no">
                    {t('kept.forget.no')}
                  </Button>
                </div>
              </>
            )}
          </Dialog>
        </Modal>
      </ModalOverlay>
    </DialogTrigger>
  )
}
