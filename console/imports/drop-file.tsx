import { useEffect, useRef, useState } from 'preact/hooks'
import { go } from '../route/use-route.ts'
import { Problem } from '../ui/problem.tsx'
import { StepMeter } from '../ui/step-meter.tsx'
import { checkFile, type Step } from './upload-import.ts'

const TYPES = '.ndjson,.jsonl,.json,.csv,.parquet,.gz'

/** Takes a file by drop or by choice, uploads it for a check, and leads to the result of the check. */
export function DropFile() {
  const input = useRef<HTMLInputElement>(null)
  const [isOver, setOver] = useState(false)
  const [step, setStep] = useState<Step>()
  const [error, setError] = useState<unknown>()
  const stop = useRef<AbortController>(undefined)
  // A person who leaves the view ends the upload, as the button does.
  useEffect(() => () => stop.current?.abort(), [])

  async function check(file: File | undefined) {
    if (file === undefined) return
    const controller = new AbortController()
    stop.current = controller
    const { signal } = controller
    setError(undefined)
    try {
      const { id } = await checkFile(file, signal, setStep)
      if (!signal.aborted) go(['imports', id])
    } catch (thrown) {
      if (!signal.aborted) setError(thrown)
    } finally {
      setStep(undefined)
    }
  }

  return (
    <>
      {error !== undefined && <Problem error={error} />}
      <section
        aria-label="A new file"
        class={`drop ${isOver ? 'over' : ''}`}
        onDragOver={(event) => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault()
          setOver(false)
          if (step === undefined) void check(event.dataTransfer?.files[0])
        }}
      >
        {step === undefined ? (
          <>
            <p class="drop-title">Drop a file here</p>
            <p class="note">NDJSON, JSON, CSV or Parquet; the text ones also as .gz</p>
            <input
              ref={input}
              class="hidden"
              type="file"
              accept={TYPES}
              tabIndex={-1}
              aria-label="File of customers"
              onChange={(event) => void check(event.currentTarget.files?.[0])}
            />
            <button type="button" class="primary" onClick={() => input.current?.click()}>
              Choose a file
            </button>
          </>
        ) : (
          <>
            <StepMeter step={step} />
            <button type="button" onClick={() => stop.current?.abort()}>
              Stop
            </button>
          </>
        )}
      </section>
    </>
  )
}
