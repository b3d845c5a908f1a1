import { expect, it } from 'vitest'
import { python } from '../../../dev/python.ts'

it('cfn-lint accepts the template of the hosted console', async () => {
  const lint = ['-c', 'from cfnlint.runner import main; main()', '--', 'deploy/console/cloudfront.yml']
  expect((await python(lint)).toString()).toBe('')
})
