export const handle = 'not a handler'
