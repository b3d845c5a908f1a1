import { useState } from 'preact/hooks'
import type { Import } from '../../client/src/index.ts'
import { ERRORS, type ErrorCode } from '../../lib/errors.ts'
import { fileUrl } from '../api/files.ts'
import { count, countOf } from '../text/numbers.ts'
import { FileLink } from '../ui/file-link.tsx'
import { Section } from '../ui/page.tsx'
import { Stored } from '../ui/stored.tsx'
import { AllRejects } from './all-rejects.tsx'
import { placeOf } from './import-words.ts'

/** Why records were rejected: by reason with the first places, and all of them on request. */
export function RejectsSection({ report }: { report: Import }) {
  const { id, dryRun, rejectsByCode, rejected, rejects, rejectsListed } = report
  const [isAll, setAll] = useState(false)
  const fate = dryRun ? 'They would not be written' : 'They were not written'
  return (
    <Section
      heading={`Why ${countOf(rejected, 'record is', 'records are')} rejected`}
      note={`${fate}, and customers that are stored already stay as they were. Correct them in the file, and drop it again.`}
    >
      <ul class="reasons">
        {rejectsByCode.map(({ code, count: records, first }) => (
          <li key={code}>
            <p class="notice-title">
              {titleOf(code)} <span class="note">{countOf(records, 'record')}</span>
            </p>
            <ul>
              {first.map((place) => (
                <li key={`${placeOf(place)} ${place.id} ${place.path}`}>
                  <span class="place">{placeOf(place)}</span>
                  <span>
                    {place.id !== null && (
                      <>
                        <Stored value={place.id} />{' '}
                      </>
                    )}
                    <code>
                      <Stored value={place.path} />
                    </code>{' '}
                    <Stored value={place.message} />
                  </span>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
      {rejects !== null && (
        <div class="row">
          <button type="button" aria-expanded={isAll} onClick={() => setAll(!isAll)}>
            {isAll ? 'Hide the list' : `List all ${count(rejectsListed)}`}
          </button>
          <FileLink class="button" url={fileUrl('imports', id, 'rejects')}>
            Download the rejects
          </FileLink>
        </div>
      )}
      {isAll && <AllRejects id={id} />}
    </Section>
  )
}

const titleOf = (code: ErrorCode): string => ERRORS[code].title
