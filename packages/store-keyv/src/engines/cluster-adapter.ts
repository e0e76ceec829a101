/** The part of the cluster client of @redis/client that is used here. */
interface ClusterClient {
  duplicate(): ClusterClient
  connect(): Promise<unknown>
  destroy(): void
  on(event: 'error', listener: (error: unknown) => void): unknown
}

/** An adapter with a client of its own. */
export interface ClusterCopy<Adapter> {
  readonly adapter: Adapter
  /** Connects the client. */
  connect(): Promise<unknown>
  end(): void
}

/**
 * Makes a copy, with a client of its own, of a Keyv adapter for Redis that uses a cluster client; undefined for any other
 * adapter. When the cluster client was tested, it did not work again after a failover or a moved slot, so each connection
 * needs a new one. The client of the caller is left alone.
 */
export function clusterCopy<Adapter extends object>(adapter: Adapter): ClusterCopy<Adapter> | undefined {
  const isCluster: unknown = Reflect.get(adapter, 'isCluster')
  if (typeof isCluster !== 'function' || isCluster.call(adapter) !== true) return undefined
  const client = (adapter as Adapter & { readonly client: ClusterClient }).client.duplicate()
  // Without a listener, an error of the client would end the process. Each call fails by itself.
  client.on('error', () => undefined)
  return {
    // The client is assigned and not defined as a property, because the adapter has a setter for it.
    adapter: Object.assign(Object.create(adapter) as Adapter, { client }),
    connect: () => client.connect(),
    end: () => client.destroy(),
  }
}
