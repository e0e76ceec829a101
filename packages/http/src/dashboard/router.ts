import { useEffect, useState } from 'preact/hooks'
import { type Route, routeOf } from './routes.ts'

/** The page that the address names. */
export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash)
  useEffect(() => {
    const change = () => setHash(location.hash)
    addEventListener('hashchange', change)
    return () => removeEventListener('hashchange', change)
  }, [])
  return routeOf(hash)
}
