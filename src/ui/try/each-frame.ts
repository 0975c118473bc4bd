/** Calls for each new frame of a video, at most once an animation frame. */

export function eachFrame(video: HTMLVideoElement, onFrame: () => void): () => void {
  let stopped = false
  let handle = 0
  const byFrame = 'requestVideoFrameCallback' in video
  const next = () => {
    if (stopped) return
    handle = byFrame ? video.requestVideoFrameCallback(tick) : requestAnimationFrame(tick)
  }
  const tick = () => {
    if (stopped) return
    onFrame()
    next()
  }
  next()
  return () => {
    stopped = true
    if (byFrame) video.cancelVideoFrameCallback(handle)
    else cancelAnimationFrame(handle)
  }
}
