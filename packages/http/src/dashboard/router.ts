import { useEffect, useState } from 'preact/hooks'
import { type Route, routeOf } from './routes.ts'

/** The page that the address names. */
export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash)
  useEffect(() => {
    const change = () => setHash(location.hash)
    addEventListener('hashchange', change)
    // The address may have changed since the first rendering.
    change()
    return () => removeEventListener('hashchange', change)
  }, [])
  return routeOf(hash)
}
