import { useState } from 'preact/hooks'
import type { IndexStatus } from '../../client/src/index.ts'
import { api } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { useQuery } from '../api/use-query.ts'
import { dateTime, percent } from '../text/numbers.ts'
import { ConfirmedButton } from '../ui/confirmed-button.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { Meter } from '../ui/meter.tsx'
import { Section } from '../ui/page.tsx'
import { Problem } from '../ui/problem.tsx'
import { Stored } from '../ui/stored.tsx'
import { ChangePlanView } from './change-plan-view.tsx'

interface ChangeSectionProps {
  status: IndexStatus
  onChange: () => void
}

/** The change from the live index to its definition: its plan and cost, how far it is, and the way back. */
export function ChangeSection({ status, onChange }: ChangeSectionProps) {
  const { migration, previous, index, definitionHash } = status
  // The agreement belongs to one refusal: another plan is refused for another reason.
  const [agreedTo, setAgreedTo] = useState<string | null>(null)
  const plan = useQuery(`${index} ${definitionHash} ${migration !== null}`, (signal) =>
    api.index.plan({ signal }),
  )
  const apply = useAction(async (force: boolean) => {
    await api.index.provision({ force })
    setAgreedTo(null)
    onChange()
    plan.reload()
  })
  const rollBack = useAction(async () => {
    await api.index.rollBack()
    onChange()
    plan.reload()
  })
  const isBusy = apply.isBusy || rollBack.isBusy
  const error = apply.error ?? rollBack.error
  return (
    <Section heading="Change">
      {error !== undefined && <Problem error={error} />}
      {migration && (
        <div class="notice busy" role="status">
          <p class="notice-title">The new index is {percent(migration.percentIndexed / 100, 0)} built</p>
          <Meter percent={migration.percentIndexed} label="Progress of the new index" />
          {migration.problem !== null && (
            <p>
              It waits: <Stored value={migration.problem} />
            </p>
          )}
        </div>
      )}
      <Loaded query={plan} lines={3}>
        {(plan) => {
          const isForced = plan.isForcible && plan.refused !== null && plan.refused === agreedTo
          return (
            <>
              <ChangePlanView
                plan={plan}
                isForced={isForced}
                onForce={(isAgreed) => setAgreedTo(isAgreed ? plan.refused : null)}
              />
              {(plan.action !== 'none' || migration) && (
                <div class="row">
                  <button
                    type="button"
                    class="primary"
                    disabled={isBusy || (plan.refused !== null && !isForced)}
                    onClick={() => void apply.run(isForced)}
                  >
                    {migration
                      ? 'Continue'
                      : plan.action === 'create'
                        ? 'Create the index'
                        : 'Apply the change'}
                  </button>
                </div>
              )}
            </>
          )
        }}
      </Loaded>
      {(previous || migration) && (
        <div class="row">
          <ConfirmedButton
            key={migration ? 'cancel' : 'roll-back'}
            label={migration ? 'Cancel the change' : 'Roll back'}
            question={
              migration
                ? 'Really cancel? The present index stays.'
                : 'Really return to the index before? Searches use it at once.'
            }
            isBusy={isBusy}
            onConfirm={() => void rollBack.run()}
          />
          {previous && (
            <span class="note">The index before was replaced {dateTime(previous.replacedAt)}.</span>
          )}
        </div>
      )}
    </Section>
  )
}
