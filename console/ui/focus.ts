/** If the element with the focus is gone, the focus goes to the content, not to the start of the page. */
export function focusContentIfLost(): void {
  const { activeElement } = document
  if (activeElement === null || activeElement === document.body)
    document.getElementById('main')?.focus({ preventScroll: true })
}
