/**
 * The first of our options that npm kept for itself: with `npm run import --dry-run FILE`, and no `--` before the options,
 * the command would get the file alone, and import it for real. npm leaves what it took in the environment.
 */
export function swallowedByNpm(
  options: readonly string[],
  { env = process.env, args = process.argv }: { env?: NodeJS.ProcessEnv; args?: readonly string[] } = {},
): string | undefined {
  if (env.npm_lifecycle_event === undefined) return undefined
  const isGiven = (option: string) => args.some((arg) => arg === option || arg.startsWith(`${option}=`))
  return options.find((option) => {
    const value = env[`npm_config_${option.replace(/^--/, '').replaceAll('-', '_')}`]
    return value !== undefined && value !== '' && value !== 'false' && !isGiven(option)
  })
}
