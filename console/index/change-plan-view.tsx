import type { ChangePlan } from '../../client/src/index.ts'
import { Stored } from '../ui/stored.tsx'
import { DriftTable } from './drift-section.tsx'
import { planWords } from './index-words.ts'

interface ChangePlanProps {
  plan: ChangePlan
  isForced: boolean
  onForce: (isForced: boolean) => void
}

export function ChangePlanView({ plan, isForced, onForce }: ChangePlanProps) {
  const { changes, notes, refused, isForcible } = plan
  return (
    <>
      {planWords(plan).map((words) => (
        <p key={words}>{words}</p>
      ))}
      {changes.length > 0 && <DriftTable drift={changes} label="Differences that the change removes" />}
      {notes.length > 0 && (
        <ul class="bullets">
          {notes.map((note) => (
            <li key={note}>
              <Stored value={note} />
            </li>
          ))}
        </ul>
      )}
      {refused !== null && (
        <div class="notice bad">
          <p class="notice-title">This change would be refused</p>
          <p>
            <Stored value={refused} />
          </p>
          {isForcible && (
            <label class="check">
              <input
                type="checkbox"
                checked={isForced}
                onChange={(event) => onForce(event.currentTarget.checked)}
              />
              Make it in spite of that
            </label>
          )}
        </div>
      )}
    </>
  )
}
