import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core'
import type { RefObject } from 'preact'
import { useLayoutEffect, useReducer, useState } from 'preact/hooks'

/** The height of every row, as `--row` of style.css. */
const ROW_PX = 40
const HEAD_PX = 40
/** More rows than are in sight, so that none is missing while a person scrolls. */
const OVERSCAN = 12

interface RowsInSight {
  first: number
  /** One after the last. */
  last: number
  /** The height of the rows before and after these. */
  before: number
  after: number
}

export function useRowsInSight(scroller: RefObject<HTMLElement | null>, count: number): RowsInSight {
  const [, renderAgain] = useReducer((n: number) => n + 1, 0)
  const options = {
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    paddingStart: HEAD_PX,
    overscan: OVERSCAN,
    initialRect: { width: 800, height: 800 },
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => renderAgain(undefined),
  }
  const [virtualizer] = useState(() => new Virtualizer<HTMLElement, HTMLTableRowElement>(options))
  virtualizer.setOptions(options)
  useLayoutEffect(() => virtualizer._didMount(), [virtualizer])
  useLayoutEffect(() => virtualizer._willUpdate())
  const items = virtualizer.getVirtualItems()
  const first = items[0]?.index ?? 0
  const last = (items.at(-1)?.index ?? -1) + 1
  return { first, last, before: first * ROW_PX, after: (count - last) * ROW_PX }
}
