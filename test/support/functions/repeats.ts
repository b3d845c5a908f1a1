/** Returns that many characters. */
export async function handler(event: { characters: number }) {
  return 'x'.repeat(event.characters)
}
